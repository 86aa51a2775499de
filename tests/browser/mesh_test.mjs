// Many calls begun at once, each with many candidates: more than the server takes in one go. Every candidate arrives.
//     node mesh_test.mjs BROWSER mesh|star PAGES CANDIDATES
// mesh: everybody calls everybody; star: one calls all others. CANDIDATES are made for each connection, besides its own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { open_page } from './browsers.mjs';
import { serve } from './local_server.mjs';

const kPatienceMilliseconds = 150_000;
const kQuietMilliseconds = 3_000;  // nothing more comes

const [browser_name, shape, pages_text, candidates_text] = process.argv.slice(2);
const names = Array.from({ length: Number(pages_text) }, (_, i) => `device ${i}`);
const source = readFileSync(new URL('mesh_page.js', import.meta.url), 'utf8');
const server = await serve({ peers: names.map((name) => ['mesh', name]) });
const browser = await open_page(browser_name, { directory: join(server.directory, 'browser') });

async function open_device(name) {
  const page = await browser.fresh_page();
  await page.goto(`${server.url}/healthz`);
  await page.evaluate(`${source}; null`);
  const call = (deed, argument = {}) =>
    page.evaluate(({ deed, argument }) => globalThis.mesh[deed](argument), { deed, argument });
  await call('join', { token: server.tokens[name], candidates: Number(candidates_text) });
  return { name, call };
}

async function reports_of(devices) {
  return Object.fromEntries(await Promise.all(devices.map(async ({ name, call }) => [name, await call('report')])));
}

// Of each two: what one made and the other has not got.
function missing_in(reports) {
  return Object.entries(reports).flatMap(([from, { calls }]) => Object.entries(calls).flatMap(([to, { made }]) => {
    const got = new Set(reports[to].calls[from]?.got);
    return made.filter((text) => !got.has(text)).map((text) => `${from} to ${to}: ${text}`);
  }));
}

const connected_in = (reports) =>
  Object.values(reports).flatMap(({ calls }) => Object.values(calls)).filter(({ state }) => state === 'connected').length;

async function until_all_are_there(devices, calls) {
  const deadline = Date.now() + kPatienceMilliseconds;
  for (;;) {
    const reports = await reports_of(devices);
    const [missing, connected] = [missing_in(reports), connected_in(reports)];
    if (connected === 2 * calls && missing.length === 0) return reports;
    assert.ok(Date.now() < deadline, `${connected / 2} of ${calls} calls; ${missing.length} candidates missing: ` +
              `${missing.slice(0, 5)}; errors: ${Object.values(reports).flatMap(({ errors }) => errors).slice(0, 5)}`);
    await sleep(500);
  }
}

try {
  const devices = [];
  for (const name of names) devices.push(await open_device(name));
  const callers = shape === 'star' ? devices.slice(0, 1) : devices;
  const calls = callers.map(({ call }, i) => [call, names.slice(i + 1)]);
  const count = calls.reduce((sum, [, others]) => sum + others.length, 0);
  const started = Date.now();
  await Promise.all(calls.map(([call, others]) => call('call', { names: others })));
  await until_all_are_there(devices, count);
  const seconds = (Date.now() - started) / 1000;
  await sleep(kQuietMilliseconds);
  const reports = await reports_of(devices);
  assert.deepEqual(missing_in(reports), []);
  assert.deepEqual(Object.values(reports).flatMap(({ errors }) => errors), []);
  const made = Object.values(reports).flatMap(({ calls }) => Object.values(calls)).reduce((sum, { made }) => sum + made.length, 0);
  assert.ok(made >= 2 * count * Number(candidates_text));
  console.log(`${browser_name}: ${count} calls, ${made} candidates, all there within ${seconds.toFixed(1)} s`);
} catch (error) {
  console.error(`FAILED: ${error.stack}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  await server.stop();
}
