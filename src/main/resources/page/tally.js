// Keeps the books of this tab: what it sent to its own token, what arrived, what was replayed, what is missing, what came
// twice. By the records' ids.

import { soon } from './soon.js';

const PATIENCE_MS = 5000;

/** Also shows them, whenever they change. Nothing is missing from a tab that is away. */
export function tally(connection) {
  const sent = new Map(); // id -> since when it could have arrived
  const seen = new Map(); // id -> how often
  const count = { sent: 0, received: 0, replayed: 0, doubled: 0 };

  function missing() {
    if (!connection.isUp()) {
      return 0;
    }
    const now = Date.now();
    return [...sent].filter(([id, since]) => !seen.has(id) && now - since > PATIENCE_MS).length;
  }

  const show = soon(() => {
    for (const [name, value] of Object.entries({ ...count, lost: missing() })) {
      const cell = document.getElementById(`count-${name}`);
      cell.textContent = value.toLocaleString('en');
      cell.classList.toggle('wrong', value > 0 && (name === 'lost' || name === 'doubled'));
    }
  });

  setInterval(show, 1000);
  return {
    sent(id) {
      sent.set(id, Date.now());
      count.sent++;
      show();
    },
    received({ id }) {
      count.received++;
      if (id) {
        const times = (seen.get(id) ?? 0) + 1;
        seen.set(id, times);
        count.doubled += times > 1 ? 1 : 0;
      }
      show();
    },
    /** After a login, what is on its way has its whole time again. */
    loggedIn({ replayed = 0 }) {
      count.replayed += replayed;
      const now = Date.now();
      for (const id of sent.keys()) {
        sent.set(id, now);
      }
      show();
    },
  };
}
