// The latest latencies as a line: the newest on the right, the slowest at the top.

import { soon } from './soon.js';

const POINTS = 120;
const WIDTH = 120;
const HEIGHT = 24;

/** Returns what each latency in milliseconds is to be given to. */
export function sparkline() {
  const line = document.getElementById('sparkline');
  const latencies = [];

  const draw = soon(() => {
    const slowest = Math.max(...latencies, 1);
    const points = latencies.map((latency, i) =>
      `${(WIDTH - 1 - (latencies.length - 1 - i) * (WIDTH / POINTS)).toFixed(1)},${(HEIGHT - 1 - (latency / slowest) * (HEIGHT - 3)).toFixed(1)}`);
    line.querySelector('polyline').setAttribute('points', points.join(' '));
    line.querySelector('title').textContent = `the latest ${latencies.length} latencies, at most ${slowest} ms`;
    line.removeAttribute('hidden');
  });

  return (millis) => {
    latencies.push(millis);
    latencies.splice(0, latencies.length - POINTS);
    draw();
  };
}
