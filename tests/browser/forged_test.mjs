// A call is with whom its page says, or does not come to be: a thief who has somebody's token but not the certificate
// reaches nobody, neither past the client alone, with a hub that lets everything through, nor through the real one.
//     node forged_test.mjs BROWSER
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forgeries } from '../../web/client/test/forgeries.js';
import { open_page } from './browsers.mjs';
import { serve } from './local_server.mjs';

const [browser_name] = process.argv.slice(2);
const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const server = await serve({ peers: [['home', 'ann'], ['home', 'bob']], settings: ['limits.http_requests_per_second=1000'] });
const browser = await open_page(browser_name, { directory: join(server.directory, 'browser') });

async function page_of(page) {
  await page.goto(`${server.url}/healthz`);
  await page.evaluate(`globalThis.forgeries_source = ${JSON.stringify(read('../../web/client/test/forgeries.js'))}; null`);
  await page.evaluate(`${read('forged_page.js')}; null`);
  return (name, argument = {}) => page.evaluate(({ name, argument }) => globalThis.forged[name](argument), { name, argument });
}

async function behind_an_open_hub(call) {
  const own_fp = 'AB'.repeat(32);
  const honest = await call('behind_open_hub', { way: '', own_fp });
  assert.equal(honest.is_open, true, `an honest call must work: ${JSON.stringify(honest)}`);
  assert.equal(honest.heard.at(-1), 'data: hello');
  for (const way of Object.keys(forgeries)) {
    const { is_open, heard, answered } = await call('behind_open_hub', { way, own_fp });
    assert.deepEqual({ is_open, answered }, { is_open: false, answered: false }, `${way}: ${heard}`);
    assert.match(heard.join(), /^error 40[03] a call by ann was refused/, way);
  }
}

async function through_the_server(bob, ann, thief) {
  await bob('listen', { token: server.tokens.bob });
  const { fp, state } = await ann('call_as_oneself', { token: server.tokens.ann, to: 'bob' });
  assert.equal(state, 'connected');
  const before = await bob('heard');
  assert.deepEqual(before, [`call from ${fp}`, 'data: hello from ann']);
  const results = await thief('steal', { token: server.tokens.ann, fp, to: 'bob', ways: Object.keys(forgeries) });
  for (const [way, { is_open }] of Object.entries(results)) assert.equal(is_open, false, way);
  const after = (await bob('heard')).slice(before.length);
  assert.deepEqual(after.filter((line) => !line.startsWith('error 40')), [], 'bob heard of a call');
  const by_server = Object.values(results).filter(({ answer }) => answer !== 'delivered').length;
  console.log(`${browser_name}: ${Object.keys(results).length} forgeries, ${by_server} refused by the server, ` +
              `${after.length} by the client`);
  assert.ok(by_server + after.length >= Object.keys(results).length, JSON.stringify(results));
}

try {
  await behind_an_open_hub(await page_of(browser.page));
  await through_the_server(await page_of(await browser.fresh_page()), await page_of(await browser.fresh_page()),
                           await page_of(await browser.fresh_page()));
} catch (error) {
  console.error(`FAILED: ${error.stack}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  await server.stop();
}
