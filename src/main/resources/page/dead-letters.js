// What became of the bad records: the latest of the dead-letter topic.

const PATIENCE_MS = 15000;
const PAUSE_MS = 400;

export function deadLetters() {
  const list = document.getElementById('dead-letters');

  function show(letters) {
    document.getElementById('dead').hidden = letters.length === 0;
    list.replaceChildren(...letters.map(card));
  }

  return {
    /** Shows the latest dead letters once the record is among them. */
    async expect(record) {
      const until = Date.now() + PATIENCE_MS;
      while (Date.now() < until) {
        const letters = await (await fetch('page/dead-letters')).json();
        if (letters.some((letter) => letter.value === record)) {
          show(letters);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
      throw new Error(`it is in the topic, but no dead letter after ${PATIENCE_MS / 1000} s`);
    },
  };
}

function card(letter) {
  const item = document.getElementById('dead-card').content.cloneNode(true).firstElementChild;
  item.querySelector('.headline').textContent = letter.detail;
  item.querySelector('.reason').textContent = letter.reason;
  item.querySelector('.meta').textContent = [letter.origin, new Date(letter.at).toLocaleTimeString()].join(' · ');
  item.querySelector('pre').textContent = letter.value;
  return item;
}
