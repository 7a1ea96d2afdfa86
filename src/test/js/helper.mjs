// Uses the browser's helper as a person with two tabs does: node helper.mjs <browser> <page> <socket port>. Prints what each
// tab was told as one JSON object.

import { chromium } from 'playwright-core';

const [executablePath, url, port] = process.argv.slice(2);
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const browser = await chromium.launch({ executablePath, args, timeout: 60000 });
const context = await browser.newContext();
const problems = [];
/** What was shown by every connect. */
const connects = [];

// The bridge's own page, with nothing on it but the helper.
await context.route(`${url}/main.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: `
  import { pushBridge } from './client/push-bridge.js';
  const told = { messages: [], toasts: [], read: [], answers: 0 };
  const auth = location.hash ? { tokenId: 'anna', userId: '1' } : undefined;
  const socket = io('${new URL(url).protocol}//${new URL(url).hostname}:${port}', { transports: ['websocket'], auth });
  const bridge = pushBridge(socket, { tokenId: 'anna', userId: '1' }, {
    message: (push) => told.messages.push(push.id),
    toast: (push) => told.toasts.push(push.id),
    read: (key) => told.read.push(key),
    answer: (answer) => { told.answers += answer.ok ? 1 : 0; },
  });
  Object.assign(window, { told, bridge, socket, auth });` }));
/** Of a page that logs in with its connect too. */
const withAuth = `${url}/#auth`;

async function tab(address = url) {
  const page = await context.newPage();
  page.setDefaultTimeout(40000);
  page.on('console', (line) => ['error', 'warning'].includes(line.type()) && problems.push(line.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('websocket', (webSocket) => webSocket.on('framesent', ({ payload }) => {
    if (payload.startsWith('40{')) connects.push(JSON.parse(payload.slice(2)));
  }));
  await page.goto(address);
  await ready(page);
  return page;
}

const ready = (page) => page.waitForFunction(() => window.told?.answers === 1);
const told = (page) => page.evaluate(() => window.told);
const arrived = (page, list, id) => page.waitForFunction(([name, last]) => window.told[name].at(-1) === last, [list, id]);
const produce = (id) => fetch(`${url}/api`, {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ tokens: ['anna'], id }),
}).then((answer) => { if (!answer.ok) throw new Error(`POST /api: ${answer.status}`); });
/** The lock that says who leads, once nobody waits to take it over. */
const settled = (page) => page.waitForFunction(async () => (await navigator.locks.query()).held.length === 1);

try {
  const first = await tab();
  const second = await tab(withAuth);
  await settled(second);
  await produce('one');
  await arrived(first, 'messages', 'one');
  await arrived(second, 'toasts', 'one');

  await first.evaluate(() => window.dispatchEvent(new Event('focus'))); // the person comes back to the first tab
  await first.evaluate(async (id) => { // until it has taken the lead
    while (!(await navigator.locks.query()).held.some((lock) => lock.clientId === id)) await new Promise(requestAnimationFrame);
  }, await first.evaluate(() => navigator.locks.request('who', async () => {
    const { held } = await navigator.locks.query();
    return held.find((lock) => lock.name === 'who').clientId;
  })));
  await produce('two');
  await arrived(second, 'messages', 'two');
  await arrived(first, 'toasts', 'two');

  await first.evaluate(() => window.bridge.read('two'));
  await arrived(second, 'read', 'two');

  const secondTold = await told(second);
  await second.goto('about:blank'); // what happens in the middle of a reload
  await produce('three');
  await arrived(first, 'toasts', 'three');
  await second.goto(withAuth);
  await ready(second);
  await arrived(second, 'messages', 'three');

  const auths = await second.evaluate(async () => {
    const { socket, auth } = window;
    socket.auth.mark = 'fresh'; // as a page puts a new token into it
    const changed = { ...socket.auth };
    socket.auth = { ...auth, mark: 'another' };
    const replaced = { ...socket.auth };
    socket.auth = Object.freeze({ mark: 'frozen' });
    const frozen = { ...socket.auth };
    socket.auth = (show) => show({ mark: 'called' });
    const called = await new Promise(socket.auth);
    const before = socket.auth;
    socket.auth = before;
    socket.auth = (show) => before((fields) => show({ ...fields, mark: 'wrapped' }));
    const wrapped = await new Promise(socket.auth);
    socket.auth = auth;
    socket.auth = before;
    const back = await new Promise(socket.auth);
    socket.auth = auth;
    return { changed, replaced, frozen, called, wrapped, back };
  });
  await second.evaluate(() => window.socket.disconnect().connect());
  await second.waitForFunction(() => window.told.answers === 2);
  const connect = connects.at(-1);
  const firstTold = await told(first);
  await first.close();
  await second.waitForFunction(async () => (await navigator.locks.query()).pending.length === 0);
  await produce('four');
  await arrived(second, 'toasts', 'four');
  auths.left = await second.evaluate(() => {
    const { socket, bridge } = window;
    socket.auth = { mark: 'last', cursor: 'its own' };
    bridge.close();
    return { ...socket.auth };
  });
  console.log(JSON.stringify({ first: firstTold, second: secondTold, reloaded: await told(second), connect, auths, problems }));
} catch (error) {
  console.log(JSON.stringify({ failed: error.message, problems }));
  process.exitCode = 1;
} finally {
  await browser.close();
}
