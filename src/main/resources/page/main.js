// Puts the page together: who is in this tab, what is produced, what is broken, what arrives, and the books of it.

import { connect } from './connection.js';
import { deadLetters } from './dead-letters.js';
import { faults } from './faults.js';
import { feed } from './feed.js';
import { login } from './login.js';
import { producer } from './producer.js';
import { sparkline } from './sparkline.js';
import { story } from './story.js';
import { tally } from './tally.js';

const people = ['anna', 'ben', 'carla'];

const where = await (await fetch('page/where')).json();
document.getElementById('dead-topic').textContent = where.deadLetterTopic;
document.getElementById('where').textContent =
  `This tab: Socket.IO at ${location.hostname}:${where.socketPort}${where.socketPath}. `
  + `The buttons: POST /api, then topic ${where.topic}, then every bridge, then here.`;

const connection = connect(where);
const books = tally(connection);
const session = login(connection, people, books);
const dead = deadLetters();
const show = feed(sparkline());
const tell = story(where.explains, connection);
connection.onPush((push) => {
  books.received(push);
  show(push);
  tell(push);
});
connection.onResync(({ reason }) => {
  const note = document.getElementById('resync-note');
  note.hidden = false;
  note.textContent = `resync_required, ${reason}: the bridge cannot replay what this tab has missed, if anything.`;
});
faults(connection, session, producer(people, session, dead, books));
