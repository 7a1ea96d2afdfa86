// Runs the clients' builds for browsers in pages: node browser-clients.mjs <browser> <echo> <open echo> <door> <bridge>.
//
// The first two are servers that echo; the second is open to every page. The door leads to one that echoes, too. Prints a
// line of JSON at each step, and goes on by itself where it says nothing else:
//   {"atTheDoor": n}   that many clients are connected by way of the door, which is then to be cut
//   {"noticed": n}     so many have; the door is to be mended, for all of them to come back
//   {"loggedIn": n}    so many have logged in as anna at the bridge
//   {"pushed": n}      each has got n pushes more; printed for each of BURSTS
//   {"seen": …}        what each client saw, by generation and way to travel, and what the browser complained of

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';

const BURSTS = [49, 50, 51, 200, 5000, 1];
const PATIENCE_MILLIS = 100_000;
const [executablePath, echo, openEcho, door, bridge] = process.argv.slice(2);
const libraries = createRequire(import.meta.url);
const args = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-features=LocalNetworkAccessChecks', // the pages' sites do not exist, and the servers are on this machine
];
const travels = { websocket: ['websocket'], polling: ['polling'], upgrade: ['polling', 'websocket'] };
const browser = await chromium.launch({ executablePath, args, timeout: 60000 });
const problems = [];
/** While the door is cut, the browser complains of it. */
let isCut = false;

const say = (news) => console.log(JSON.stringify(news));

/** An empty page of a site that does not exist, with the client in it. */
async function pageOf(site, generation, name) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => problems.push(`${name}: ${error.message}`));
  page.on('console', (line) => line.type() === 'error' && !isCut && problems.push(`${name}: ${line.text()}`));
  await page.route(`${site}/`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><link rel=icon href=data:,>' }));
  await page.goto(`${site}/`);
  const home = dirname(libraries.resolve(`socket.io-client-v${generation}/package.json`));
  await page.addScriptTag({ path: join(home, 'dist', 'socket.io.js') });
  return page;
}

/** In the page: everything that an echo server shows of a client. */
async function converse({ url, transports }) {
  const socket = io(url, { transports, reconnection: false, forceNew: true });
  const next = (event) => new Promise((resolve) => socket.once(event, (...values) => resolve(values)));
  const on = (event) => new Promise((resolve) => socket.on(event, resolve));
  const ask = (value) => new Promise((resolve) => socket.emit('message-with-ack', value, resolve));
  const echoed = (...values) => {
    socket.emit('message', ...values);
    return next('message-back');
  };
  await Promise.race([next('connect'), on('connect_error').then((e) => Promise.reject(new Error(e.message ?? e)))]);
  const seen = {};
  seen.values = await echoed(-2.5, true, '', null, [1, [2, []]], { a: { b: null } }, 'ä\u2028 👋🏽');
  seen.ack = await ask('é😀');
  socket.once('question', (value, answer) => answer(value + '!'));
  socket.emit('ask', 'ready');
  [seen.answer] = await next('answer');
  if (transports.length > 1) {
    const { engine } = socket.io;
    engine.transport.name === 'websocket' || await new Promise((resolve) => engine.once('upgrade', resolve));
  }
  seen.transport = socket.io.engine.transport.name;
  const large = 'é'.repeat(50000);
  seen.large = (await echoed(large))[0] === large;
  const few = new Uint8Array([0, 4, 30, 255]).buffer;
  const many = new Uint8Array(20000).fill(7).buffer;
  const bytes = (buffer) => [...new Uint8Array(buffer)];
  const [fewBack, text, manyBack] = await echoed(few, 'text', many);
  seen.bytes = [bytes(fewBack), text, bytes(manyBack).filter((byte) => byte === 7).length, bytes(await ask(few))];
  let inOrder = 0;
  const all = new Promise((resolve) => socket.on('message-back', (i) => i === inOrder && ++inOrder === 200 && resolve()));
  for (let i = 0; i < 200; i++) {
    socket.emit('message', i);
  }
  await all;
  const left = next('disconnect');
  socket.disconnect();
  [seen.left] = await left;
  return seen;
}

/** In the page: joins a namespace, with something that only its server reads; and asks for one that is not there. */
async function joinOrNot({ url, transports, generation }) {
  const auth = { token: 'é😀 &?=' };
  const own = { transports, reconnection: false, forceNew: true, auth, ...(generation === 2 && { query: auth }) };
  const outcome = (namespace) => new Promise((resolve) => {
    const socket = io(url + namespace, own);
    const refused = (error) => { socket.close(); resolve(error.message ?? error); };
    socket.on('connect_error', refused);
    socket.on('error', refused); // what 2.x says where later ones say connect_error
    socket.on('auth', (told) => socket.emit('message-with-ack', namespace, (answer) => { socket.close(); resolve([answer, told]); }));
  });
  return [await outcome('/custom'), await outcome('/random')];
}

/** In the page: connects, and stays connected whatever happens. */
async function stay({ url, transports }) {
  const socket = window.staying = io(url, { transports, reconnectionDelay: 10, reconnectionDelayMax: 100, forceNew: true });
  const on = (event) => new Promise((resolve) => socket.on(event, resolve));
  window.ended = on('disconnect');
  await on('connect');
  window.firstId = socket.id;
  const { engine } = socket.io;
  if (transports.length > 1 && engine.transport.name === 'polling') {
    await new Promise((resolve) => engine.once('upgrade', resolve));
  }
  window.back = on('connect');
}

/** In the page: what became of it. */
async function comeBack() {
  await window.back;
  const isNew = window.staying.id !== window.firstId;
  const answer = await new Promise((resolve) => window.staying.emit('message-with-ack', 'again', resolve));
  window.staying.close();
  return { isNew, answer };
}

/** In the page: logs in, and lets the pushes gather. */
async function login({ url, transports, path }) {
  const socket = io(url, { transports, path, reconnection: false, forceNew: true });
  const pushes = window.pushes = [];
  window.gathered = (count) => new Promise((resolve) => {
    const look = () => pushes.length >= count && resolve();
    socket.on('receive_message', look);
    look();
  });
  const large = 'é'.repeat(250000);
  socket.on('receive_message', ({ data }) => pushes.push(data === large ? 'half a megabyte' : data));
  return new Promise((resolve) => {
    socket.on('connect', () => socket.emit('user_login', { tokenId: 'anna', userId: '1', socketId: socket.id }, resolve));
  });
}

async function run() {
  const seen = {};
  const clients = [2, 3, 4].flatMap((generation) => Object.entries(travels).map(
    ([travel, transports]) => ({ name: `${generation} ${travel}`, generation, transports })));
  /** All at once, each in its page. */
  const inEach = (step, options = {}) => Promise.all(clients.map(async ({ name, page, generation, transports }) => {
    try {
      return await page.evaluate(step, { ...options, generation, transports });
    } catch (error) {
      throw new Error(`${name}, ${step.name}: ${error.message}`);
    }
  }));
  const note = (what, values) => clients.forEach(({ name }, i) => { (seen[name] ??= {})[what] = values[i]; });

  await Promise.all(clients.map(async (client) => {
    client.page = await pageOf('http://127.0.0.1:8080', client.generation, client.name);
  }));
  note('conversation', await inEach(converse, { url: echo }));
  note('namespaces', await inEach(joinOrNot, { url: echo }));

  await inEach(stay, { url: door });
  isCut = true;
  say({ atTheDoor: clients.length });
  note('end', await inEach(() => window.ended));
  say({ noticed: clients.length });
  note('return', await inEach(comeBack));
  isCut = false;

  await Promise.all([2, 3, 4].map(async (generation) => {
    const name = `${generation} from another site`;
    const page = await pageOf('http://elsewhere.example', generation, name);
    seen[name] = { conversation: await page.evaluate(converse, { url: openEcho, transports: ['polling'] }) };
  }));

  note('login', await inEach(login, { url: bridge, path: '/ws/socket.io' }));
  say({ loggedIn: clients.length });
  let count = 0;
  for (const burst of BURSTS) {
    count += burst;
    await inEach((options) => window.gathered(options.count), { count });
    say({ pushed: burst });
  }
  note('pushes', await inEach(() => window.pushes));
  return seen;
}

const tooLate = new Promise((_, reject) => setTimeout(reject, PATIENCE_MILLIS, new Error(`not done within ${PATIENCE_MILLIS} ms`)));
try {
  say({ seen: await Promise.race([run(), tooLate]), problems });
} catch (error) {
  say({ failed: error.message, problems });
} finally {
  await browser.close();
  process.exit();
}
