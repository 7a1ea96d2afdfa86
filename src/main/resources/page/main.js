// Puts the page together: who is in this tab, what is produced, what arrives, and what becomes of a bad record.

import { connect } from './connection.js';
import { deadLetters } from './dead-letters.js';
import { feed } from './feed.js';
import { login } from './login.js';
import { producer } from './producer.js';

const people = ['anna', 'ben', 'carla'];

const where = await (await fetch('page/where')).json();
document.getElementById('dead-topic').textContent = where.deadLetterTopic;
document.getElementById('where').textContent =
  `This tab: Socket.IO at ${location.hostname}:${where.socketPort}${where.socketPath}. `
  + `The buttons: POST /api, then topic ${where.topic}, then every bridge, then here.`;

const connection = connect(where);
const session = login(connection, people);
const dead = deadLetters();
connection.onPush(feed());
producer(people, session, dead);
