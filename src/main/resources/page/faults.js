// The buttons that break something, to see that nothing is lost: each does to this tab what a network would do.

const BURST = 1000;

export function faults(connection, session, producer) {
  const note = document.getElementById('fault-note');
  const buttons = document.getElementById('faults');
  let paused = false;

  const deeds = {
    cut() {
      connection.cut();
      note.textContent = 'Cut. The client connects again by itself, and gets what came meanwhile.';
    },
    pause(button) {
      paused = !paused;
      button.lastChild.textContent = paused ? 'Go on' : 'Pause me';
      if (paused) {
        connection.pause();
        note.textContent = 'Paused: this tab is away. Make something happen to it, here or in another tab, and go on.';
      } else {
        connection.goOn();
        note.textContent = 'Back again, with what came meanwhile.';
      }
    },
    async burst(button) {
      const token = session.token();
      if (token === '') {
        note.textContent = 'Log in first: the burst is for this tab.';
        return;
      }
      button.disabled = true;
      note.textContent = `${BURST} records to ${token} …`;
      try {
        const took = await producer.burst(token, BURST);
        note.textContent = `The broker has ${BURST} records, after ${took} ms.`;
      } finally {
        button.disabled = false;
      }
    },
    restart() {
      document.getElementById('restart-hint').hidden = false;
    },
  };

  buttons.addEventListener('click', (click) => {
    const button = click.target.closest('button');
    if (button) {
      Promise.resolve(deeds[button.dataset.fault](button)).catch((error) => { note.textContent = `Not done: ${error.message}`; });
    }
  });
}
