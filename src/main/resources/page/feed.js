// What was pushed to this tab, the newest first, with the time it took.

import { soon } from './soon.js';

const MAX_CARDS = 100;
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** Returns what `receive_message` is to be given to; latencies go on to `onLatency`. */
export function feed(onLatency) {
  const list = document.getElementById('feed');
  const latencies = [];
  let arrived = []; // since the last drawing, the newest last
  let count = 0;

  const draw = soon(() => {
    document.getElementById('feed-empty').hidden = true;
    document.getElementById('feed-count').textContent =
      `${count.toLocaleString('en')} so far` + (latencies.length > 0 ? `, median ${median(latencies)} ms` : '');
    list.prepend(...arrived.reverse().map(card));
    arrived = [];
    while (list.children.length > MAX_CARDS) {
      list.lastElementChild.remove();
    }
  });

  return (push) => {
    const arrivedAt = Date.now();
    const latency = push.occurredAt ? Math.max(0, arrivedAt - Date.parse(push.occurredAt)) : undefined;
    if (latency !== undefined) {
      onLatency(latency);
      latencies.push(latency);
      latencies.splice(0, latencies.length - MAX_CARDS);
    }
    count++;
    arrived.push({ push, arrivedAt, latency });
    arrived.splice(0, arrived.length - MAX_CARDS);
    draw();
  };
}

function card({ push, arrivedAt, latency: millis }) {
  const item = document.getElementById('push-card').content.cloneNode(true).firstElementChild;
  item.querySelector('use').setAttribute('href', `glyphs.svg#${glyph(push)}`);
  item.querySelector('.headline').textContent = headline(push);
  item.querySelector('.meta').textContent =
    [time.format(arrivedAt), push.entityType, push.id && `id ${push.id.slice(0, 8)}`].filter(Boolean).join(' · ');
  item.querySelector('pre').textContent = JSON.stringify(push, null, 2);
  const latency = item.querySelector('.latency');
  if (millis !== undefined) {
    latency.textContent = `${millis} ms`;
    latency.title = 'from occurredAt, when the button was pressed, to the arrival in this tab';
  } else {
    latency.textContent = 'no occurredAt';
    latency.classList.add('unknown');
  }
  return item;
}

function glyph({ type, data }) {
  return ['like', 'comment', 'follow'].includes(type) ? type : typeof data === 'string' ? 'original' : 'event';
}

function headline({ type, data }) {
  const who = data?.actor?.name ?? 'Somebody';
  const what = data?.post?.title ? `“${data.post.title}”` : 'your post';
  switch (type) {
    case 'like': return `${who} liked ${what}`;
    case 'comment': return `${who} on ${what}: ${data?.comment?.text ?? ''}`;
    case 'follow': return `${who} follows you`;
    default: return typeof data === 'string' ? data : type ?? 'An event';
  }
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}
