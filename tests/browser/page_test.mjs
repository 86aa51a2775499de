// The demo page comes in: through a proxy that keeps it in a folder, when its files do not come at once, and for thirty
// people of one address in the same moment.
//     node page_test.mjs BROWSER [STEP...]      folder, failures, requests, waiting, press, crowd
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { open_page } from './browsers.mjs';
import { open_front } from './front.mjs';
import { serve } from './local_server.mjs';

const kPatienceMilliseconds = 120_000;  // thirty browsers take two cores a minute to start
const kCrowd = 30;
const kRequestsOfAVisit = 4;  // the page, its style, its script, its picture

const [browser_name, ...steps] = process.argv.slice(2);
const deeds_source = readFileSync(new URL('demo_page.js', import.meta.url), 'utf8');
const server = await serve({ settings: ['signaling.registration=open'] });
const browser = await open_page(browser_name, { directory: join(server.directory, 'browser') });

const state_of = (page) => page.evaluate(() => ({
  screen: [...document.querySelectorAll('main > section')].find((section) => !section.hidden)?.id ?? null,
  status: document.getElementById('status')?.dataset.state, words: document.getElementById('status')?.textContent,
  styled: document.styleSheets.length > 0, address: location.href,
}));
const call = (page, name, argument = {}) =>
  page.evaluate(({ name, argument }) => globalThis.peer[name](argument), { name, argument });

async function until(page, what, good, ask = state_of) {
  const deadline = Date.now() + kPatienceMilliseconds;
  for (;;) {
    const state = await ask(page).catch((error) => ({ error: error.message }));  // while it is loaded anew
    if (!state.error && good(state)) return state;
    assert.ok(Date.now() < deadline, `${what}: not within ${kPatienceMilliseconds / 1000} s; ${JSON.stringify(state)}`);
    await sleep(100);
  }
}

async function visit(page, link) {
  await page.goto(link, { timeout: kPatienceMilliseconds });
  await until(page, 'invited', ({ screen }) => screen === 'join');
  await page.evaluate(`${deeds_source}; null`);
}

async function come_in(page, link, name) {
  await visit(page, link);
  await call(page, 'join', { name });
  await until(page, `${name} online`, ({ screen, status }) => screen === 'room' && status === 'online');
}

async function register(name) {
  const answer = await fetch(`${server.url}/api/register`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user: 'waiting', name }),
  });
  assert.equal(answer.status, 201);
  return (await answer.json()).token;
}

const report_of = (page) => call(page, 'report');

const kSteps = {
  // Page, API and WebSocket in a folder; the link that the page makes leads there, also without the slash at its end.
  async folder() {
    const front = await open_front({ port: server.port, folder: '/rtc/' });
    const [ann, bob] = [await browser.fresh_page(), await browser.fresh_page()];
    const { hash } = new URL(server.invite('folder'));
    await come_in(ann, `${front.url.slice(0, -1)}?fake=1${hash}`, 'ann');
    await call(ann, 'press', { id: 'invite-button' });
    const { invitation } = await until(ann, 'an invitation', (report) => report.invitation, report_of);
    assert.ok(invitation.startsWith(`${front.url}#invite=`), invitation);
    await call(ann, 'close_dialog', { id: 'invite' });
    await come_in(bob, invitation.replace('#', '?fake=1#'), 'bob');
    await until(ann, 'bob is there', ({ peers }) => peers.bob === true, report_of);
    await call(ann, 'press_peer', { name: 'bob' });
    await until(bob, 'ringing', ({ incoming }) => incoming === 'ann calls', report_of);
    await call(bob, 'answer', { how: 'accept' });
    for (const page of [ann, bob]) await until(page, 'a call', ({ call: state }) => state === 'connected', report_of);
    // Without the slash the page finds out too late that its files are not beside the folder.
    const outside = front.asked.filter((path) => !path.startsWith('/rtc') && !/^\/[a-z]+-[0-9a-f]{16}\./.test(path));
    assert.deepEqual(outside.filter((path) => path !== '/favicon.ico'), []);
    for (const page of [ann, bob]) await page.close();
    front.close();
  },

  // A script that is refused twice, a style once; and a script of another version, which is not there any more.
  async failures() {
    const front = await open_front({ port: server.port, refuse: (path, times) =>
      (path.endsWith('.js') && times <= 2 ? 429 : path.endsWith('.css') && times === 1 ? 503 : null) });
    const page = await browser.fresh_page();
    await page.goto(`${front.url}${new URL(server.invite('failures')).hash}`);
    const { words } = await until(page, 'says so', ({ words }) => /did not come|loading/.test(words));
    await until(page, `comes in after '${words}'`, ({ screen, styled }) => screen === 'join' && styled);
    await page.close();
    front.close();

    let is_gone = true;
    const newer = await open_front({ port: server.port, refuse: (path) => path.endsWith('.js') && is_gone ? 404 : null });
    const late = await browser.fresh_page();
    await late.goto(`${newer.url}${new URL(server.invite('failures')).hash}`);
    await until(late, 'says so', ({ words }) => /newer version/.test(words));
    is_gone = false;
    await until(late, 'the newer version', ({ screen }) => screen === 'join');
    assert.equal(newer.asked.filter((path) => path === '/').length, 2);
    await late.close();
    newer.close();
  },

  // What one visit costs, and the next one.
  async requests() {
    const front = await open_front({ port: server.port });
    const page = await browser.fresh_page();
    await visit(page, `${front.url}${new URL(server.invite('requests')).hash}`);
    await sleep(500);  // icons come late
    const first = front.asked.splice(0).filter((path) => path !== '/favicon.ico');
    assert.ok(first.length <= kRequestsOfAVisit, `a visit is ${first.length} requests: ${first}`);
    await page.goto('about:blank');
    await visit(page, `${front.url}${new URL(server.invite('requests')).hash}`);
    await sleep(500);
    const second = front.asked.splice(0);
    assert.ok(second.filter((path) => path !== '/').length === 0, `the next visit asks again for ${second}`);
    console.log(`${browser_name}: ${first.length} requests, then ${second.length}`);
    await page.close();
    front.close();
  },

  // A device that nobody has let in yet, whose first WebSocket fails, is not told to start over.
  async waiting() {
    const front = await open_front({ port: server.port, refuse: (path, times) => path === '/ws' && times <= 2 ? 502 : null });
    await register('first one');  // who makes an account is let in at once
    const token = await register('new one');
    const page = await browser.fresh_page();
    await page.goto(front.url);
    await page.evaluate((device) => localStorage.setItem('icebox.device', JSON.stringify(device)), { token, storage: 'waiting' });
    await page.goto('about:blank');
    await page.goto(front.url);
    const seen = new Set();
    await until(page, 'waits', ({ status, screen }) => { seen.add(screen); return status === 'waiting' && screen === 'room'; });
    assert.ok(!seen.has('stopped'), [...seen].join());
    await page.close();
    front.close();
  },

  // Devices come, go and change their names while a button is pressed: the press counts, and for whom it was meant.
  async press() {
    const [ann, bob, restless] = [await browser.fresh_page(), await browser.fresh_page(), await browser.fresh_page()];
    const link = () => server.invite('press').replace('/#', '/?fake=1#');
    await come_in(ann, link(), 'ann');
    await come_in(bob, link(), 'bob');
    await restless.goto(`${server.url}/healthz`);
    const invitation = new URL(server.invite('press')).hash.replace('#invite=', '');
    await restless.evaluate(async (invitation) => {
      const { connect, redeem } = await import('/client/index.js');
      const { token } = await redeem({ url: '/', invitation, name: 'aa 0' });
      const icebox = await connect({ url: '/', token });
      let count = 0;
      globalThis.changes = 0;
      setInterval(() => icebox.rename(`${++count % 2 ? 'zz' : 'aa'} ${count}`).then(() => ++globalThis.changes), 150);
    }, invitation);
    await until(ann, 'both are there', ({ peers }) => peers.bob && Object.keys(peers).length === 2, report_of);
    const { x, y } = await ann.evaluate(() => {
      const { left, top, width, height } = document.querySelector('#peers li[data-name="bob"] button').getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    });
    const changes = () => restless.evaluate(() => globalThis.changes);
    const held = ann.evaluate(() => document.querySelector('#peers li[data-name="bob"]').offsetTop);
    await ann.mouse.move(x, y);
    await ann.mouse.down();
    const before = await changes();
    while (await changes() < before + 6) await sleep(50);
    const [top_before, top_now] = [await held, await ann.evaluate(() => document.querySelector('#peers li[data-name="bob"]').offsetTop)];
    assert.equal(top_now, top_before, 'the line moved while it was pressed');
    await ann.mouse.up();
    await until(bob, 'rings', ({ incoming }) => incoming === 'ann calls', report_of);
    for (const page of [ann, bob, restless]) await page.close();
  },

  async crowd() {
    const links = Array.from({ length: kCrowd }, (_, i) => server.invite(`crowd${i % 3}`));
    const pages = await Promise.all(links.map(() => browser.fresh_page()));
    const started = Date.now();
    await Promise.all(pages.map((page, i) => come_in(page, links[i], `device ${i}`)));
    console.log(`${browser_name}: ${kCrowd} came in within ${((Date.now() - started) / 1000).toFixed(1)} s`);
    for (const page of pages) await page.close();
  },
};

try {
  for (const step of steps.length ? steps : Object.keys(kSteps)) {
    await kSteps[step]();
    console.log(`${browser_name}: ${step} done`);
  }
} catch (error) {
  console.error(`FAILED: ${error.stack}\n${server.log.slice(-10).join('\n')}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  await server.stop();
}
