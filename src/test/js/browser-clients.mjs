// Runs the clients' builds for browsers in pages: node browser-clients.mjs <browser> <echo> <open echo> <bridge>.
//
// The first two are servers that echo; the second is open to every page. Prints {"loggedIn": n} when that many clients have
// logged in as anna at the bridge, then waits for PUSHES pushes to each, and prints what each saw as one JSON object.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';

const PUSHES = 200;
const [executablePath, echo, openEcho, bridge] = process.argv.slice(2);
const libraries = createRequire(import.meta.url);
const args = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-features=LocalNetworkAccessChecks', // the pages' sites do not exist, and the servers are on this machine
];
const travels = { websocket: ['websocket'], polling: ['polling'], upgrade: ['polling', 'websocket'] };
const browser = await chromium.launch({ executablePath, args, timeout: 60000 });
const problems = [];

/** An empty page of a site that does not exist, with the client in it. */
async function pageOf(site, generation, name) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => problems.push(`${name}: ${error.message}`));
  page.on('console', (line) => line.type() === 'error' && problems.push(`${name}: ${line.text()}`));
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
  await Promise.race([next('connect'), on('connect_error').then((e) => Promise.reject(new Error(e.message ?? e)))]);
  const seen = {};
  seen.ack = await new Promise((resolve) => socket.emit('message-with-ack', 'é😀', resolve));
  socket.once('question', (value, answer) => answer(value + '!'));
  socket.emit('ask', 'ready');
  [seen.answer] = await next('answer');
  if (transports.length > 1) {
    const { engine } = socket.io;
    engine.transport.name === 'websocket' || await new Promise((resolve) => engine.once('upgrade', resolve));
  }
  seen.transport = socket.io.engine.transport.name;
  const large = 'é'.repeat(50000);
  socket.emit('message', large);
  seen.large = (await next('message-back'))[0] === large;
  socket.emit('message', new Uint8Array([0, 4, 30, 255]).buffer);
  seen.bytes = [...new Uint8Array((await next('message-back'))[0])];
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

/** In the page: logs in, and lets the pushes gather. */
async function login({ url, transports, path }) {
  const socket = io(url, { transports, path, reconnection: false, forceNew: true });
  window.pushes = [];
  socket.on('receive_message', ({ data }) => window.pushes.push(data));
  return new Promise((resolve) => {
    socket.on('connect', () => socket.emit('user_login', { tokenId: 'anna', userId: '1', socketId: socket.id }, resolve));
  });
}

try {
  const seen = {};
  const pages = {};
  const cells = [2, 3, 4].flatMap((generation) => Object.keys(travels).map((travel) => [generation, travel]));
  await Promise.all(cells.map(async ([generation, travel]) => {
    const name = `${generation} ${travel}`;
    const page = pages[name] = await pageOf('http://127.0.0.1:8080', generation, name);
    seen[name] = await page.evaluate(converse, { url: echo, transports: travels[travel] });
    seen[name].login = await page.evaluate(login, { url: bridge, transports: travels[travel], path: '/ws/socket.io' });
  }));
  await Promise.all([2, 3, 4].map(async (generation) => {
    const name = `${generation} from another site`;
    const page = await pageOf('http://elsewhere.example', generation, name);
    seen[name] = await page.evaluate(converse, { url: openEcho, transports: ['polling'] });
  }));
  console.log(JSON.stringify({ loggedIn: Object.keys(pages).length }));
  for (const [name, page] of Object.entries(pages)) {
    await page.waitForFunction((count) => window.pushes.length === count, PUSHES, { timeout: 20000 });
    seen[name].pushes = await page.evaluate(() => window.pushes);
  }
  console.log(JSON.stringify({ seen, problems }));
} catch (error) {
  console.log(JSON.stringify({ failed: error.message, problems }));
  process.exitCode = 1;
} finally {
  await browser.close();
}
