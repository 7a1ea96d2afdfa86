// Drives the page: node page.mjs <browser> <url> <folder of screenshots>. Prints what the tabs showed as one JSON object.

import { chromium } from 'playwright-core';

const [executablePath, url, folder] = process.argv.slice(2);
const args = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
const browser = await chromium.launch({ executablePath, args, timeout: 60000 });
const shape = { viewport: { width: 1120, height: 1080 }, colorScheme: 'light' };
const problems = [];

async function tab(token) {
  const page = await browser.newPage(shape);
  page.setDefaultTimeout(40000);
  page.on('console', (line) => ['error', 'warning'].includes(line.type()) && problems.push(`${token}: ${line.text()}`));
  page.on('pageerror', (error) => problems.push(`${token}: ${error.message}`));
  page.on('request', (request) => new URL(request.url()).hostname !== new URL(url).hostname && problems.push(request.url()));
  await page.goto(`${url}/?token=${token}`);
  await page.getByText(`Logged in as ${token}`).waitFor();
  return page;
}

/** Presses a button and waits until the broker has the record. */
async function press(page, kind) {
  await page.locator('#produced').evaluate((produced) => { produced.hidden = true; });
  await page.locator(`[data-kind=${kind}]`).click();
  await page.getByText('The broker has it').waitFor();
}

const cards = (page, count) => page.locator('#feed .card').nth(count - 1).waitFor();
const count = async (page, name) => Number((await page.locator(`#count-${name}`).textContent()).replace(',', ''));
/** Waits until one of the tab's books has reached a number; more than it would be seen at the end. */
const counted = (page, name, number) => page.waitForFunction(
  ([id, least]) => Number(document.getElementById(id).textContent.replace(',', '')) >= least, [`count-${name}`, number]);
const texts = (page, selector) => page.locator(selector).allTextContents();

/** The books alone, by a clock that is moved: what is missing of an event that never comes, before and after a change of the token. */
async function missingFromTheBooks() {
  const page = await browser.newPage(shape);
  await page.clock.install();
  await page.route(`${url}/main.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: `
    import { tally } from './tally.js';
    window.books = tally({ isUp: () => true });` }));
  await page.goto(url);
  await page.waitForFunction(() => window.books);
  await page.evaluate(() => { books.loggedIn('anna', {}); books.sent('one'); });
  await page.clock.runFor(7000);
  const before = await count(page, 'lost');
  await page.evaluate(() => books.loggedIn('ben', {}));
  await page.clock.runFor(7000);
  return [before, await count(page, 'lost')];
}

try {
  const anna = await tab('anna');
  const annaToo = await tab('anna');
  const ben = await tab('ben');

  await press(ben, 'like'); // to anna, who is chosen from the start
  await anna.locator('#recipients').getByText('ben').click();
  await press(anna, 'follow'); // to anna and ben
  await press(anna, 'original');
  await cards(ben, 2);
  await cards(anna, 3);
  await press(anna, 'bad');
  await anna.locator('#dead .card').waitFor();
  await anna.locator('#dead').screenshot({ path: `${folder}/dead-letter.png`, animations: 'disabled' });
  await press(ben, 'like'); // what comes after a bad record is pushed
  await cards(anna, 4);
  await cards(annaToo, 4);

  const seen = {
    anna: await texts(anna, '#feed .headline'),
    annaToo: await texts(annaToo, '#feed .headline'),
    ben: await texts(ben, '#feed .headline'),
    latency: (await texts(anna, '#feed .latency'))[0],
    deadLetter: {
      reason: (await texts(anna, '#dead .reason'))[0],
      detail: (await texts(anna, '#dead .headline'))[0],
      origin: (await texts(anna, '#dead .meta'))[0],
      bytes: (await texts(anna, '#dead pre'))[0],
    },
  };
  await ben.locator('#log-out').click();
  await ben.getByText('Logged out').waitFor();
  seen.afterLogout = await ben.locator('#login-note').textContent();

  // Away, and back: what came meanwhile is replayed.
  await anna.locator('[data-fault=pause]').click();
  await anna.getByText('Paused').waitFor();
  await press(ben, 'like');
  await press(ben, 'comment');
  await anna.locator('[data-fault=pause]').click();
  await counted(anna, 'replayed', 2);
  // The connection breaks, and the client comes back by itself.
  await anna.locator('[data-fault=cut]').click();
  await press(ben, 'follow');
  await cards(anna, 7);
  await anna.locator('#connection[data-state=connected]').waitFor();
  await anna.locator('[data-fault=burst]').click();
  await anna.getByText('The broker has 1000 records').waitFor();
  await counted(anna, 'received', 1007);
  await counted(anna, 'sent', 1001);
  await anna.locator('[data-fault=restart]').click();
  seen.restartHint = await anna.locator('#restart-hint').textContent();
  seen.books = Object.fromEntries(await Promise.all(['sent', 'received', 'replayed', 'lost', 'doubled'].map(
    async (name) => [name, await count(anna, name)])));
  seen.sparkline = (await anna.locator('#sparkline polyline').getAttribute('points')).split(' ').length;

  for (const [page, kind] of [[ben, 'follow'], [ben, 'comment'], [ben, 'like'], [anna, 'original'], [ben, 'follow'], [ben, 'like'], [anna, 'comment']]) {
    await press(page, kind);
  }
  await counted(anna, 'received', 1014);
  // What became of it: a line for each tab, and each has said that it has it.
  await anna.waitForFunction(() => {
    const told = document.getElementById('story').dataset.id?.slice(0, 8);
    const lines = [...document.querySelectorAll('#story-deliveries li')];
    return document.querySelector('#feed .meta').textContent.includes(`id ${told}`)
      && lines.length === 2 && lines.every((line) => line.textContent.endsWith(': written, acknowledged'));
  });
  seen.story = { record: await anna.locator('#story-record').textContent(), deliveries: await texts(anna, '#story-deliveries li') };
  await anna.evaluate(() => scrollTo(0, 0));
  await anna.screenshot({ path: `${folder}/page.png`, animations: 'disabled' });
  seen.missing = await missingFromTheBooks();
  console.log(JSON.stringify({ ...seen, problems }));
} catch (error) {
  console.log(JSON.stringify({ failed: error.message, problems }));
  process.exitCode = 1;
} finally {
  await browser.close();
}
