// Keeps the books of this tab: what it sent to its own token, what arrived, what was replayed, what is missing, what came
// twice. By the records' ids.

import { soon } from './soon.js';

const PATIENCE_MS = 5000;
/** What came twice is seen among so many of the latest. */
const REMEMBERED = 10000;

/** Also shows them, whenever they change. Nothing is missing from a tab that is away. */
export function tally(connection) {
  const awaited = new Map(); // id -> since when it could have arrived
  const seen = new Set(); // the latest ids, the oldest first
  const count = { sent: 0, received: 0, replayed: 0, doubled: 0 };
  let owner;

  function missing() {
    if (!connection.isUp()) {
      return 0;
    }
    const now = Date.now();
    return [...awaited.values()].filter((since) => now - since > PATIENCE_MS).length;
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
      count.sent++;
      if (!seen.has(id)) {
        awaited.set(id, Date.now());
      }
      show();
    },
    received({ id }) {
      count.received++;
      if (id) {
        count.doubled += seen.has(id) ? 1 : 0;
        awaited.delete(id);
        seen.delete(id);
        seen.add(id);
        if (seen.size > REMEMBERED) {
          seen.delete(seen.values().next().value);
        }
      }
      show();
    },
    /** What is on its way has its whole time again; what was for another token does not come to this one. */
    loggedIn(token, { replayed = 0 }) {
      count.replayed += replayed;
      if (token !== owner) {
        awaited.clear();
      }
      owner = token;
      const now = Date.now();
      awaited.forEach((since, id) => awaited.set(id, now));
      show();
    },
    loggedOut() {
      awaited.clear();
      show();
    },
  };
}
