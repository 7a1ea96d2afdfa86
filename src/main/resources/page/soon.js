// Draws a moment later, once for all that happens until then: of a burst nobody could follow every step.

const PAUSE_MS = 40;

/** Returns what is to be called whenever there is something new to draw. */
export function soon(draw) {
  let timer;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      draw();
    }, PAUSE_MS);
  };
}
