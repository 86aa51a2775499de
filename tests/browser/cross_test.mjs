// A page of another site: what the client says when it is not let in or the certificate is unknown, and that it comes in
// when it is allowed.
//     node cross_test.mjs BROWSER
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { open_page } from './browsers.mjs';
import { serve } from './local_server.mjs';

const kPatienceMilliseconds = 40_000;

const [browser_name] = process.argv.slice(2);
const peers = [['home', 'ann']];
const strict = await serve({ peers, tls: true });

// The other site: an empty page, and the client in a copy of its own.
const client = await (await fetch(`${strict.url}/client/index.js`)).text();
const site = http.createServer(({ url }, response) => {
  response.writeHead(200, { 'content-type': url.endsWith('.js') ? 'text/javascript' : 'text/html' });
  response.end(url.endsWith('.js') ? client : '<!doctype html><title>another site</title>');
}).listen(0, '127.0.0.1');
await once(site, 'listening');
const origin = `http://127.0.0.1:${site.address().port}`;
const friendly = await serve({ peers, settings: [`signaling.allowed_origins=${JSON.stringify([origin])}`] });

const browser = await open_page(browser_name, { directory: join(strict.directory, 'browser') });

// What connect() says first: its first error, or the state it comes to.
async function first_word(script, url, token) {
  const page = await browser.fresh_page();
  await page.goto(origin);
  const word = await page.evaluate(({ script, url, token, patience }) => new Promise((resolve) => {
    setTimeout(() => resolve('nothing'), patience);
    import(script).then(({ connect }) => connect({
      url, token, on_error: ({ code, message }) => resolve(`${code} ${message}`),
    })).then(({ state }) => resolve(state), (error) => resolve(`failed: ${error.message}`));
  }), { script, url, token, patience: kPatienceMilliseconds });
  await page.close();
  return word;
}

try {
  const refused = await first_word('/client.js', strict.url, strict.tokens.ann);
  assert.match(refused, /^403 .*does not let pages of http:\/\/127\.0\.0\.1:\d+ in.*signaling\.allowed_origins/);
  const unknown = await first_word('/client.js', strict.tls_url, strict.tokens.ann);
  assert.match(unknown, /^503 .*certificate is not trusted here: open https:\/\/127\.0\.0\.1:\d+\/healthz/);
  const away = await first_word('/client.js', 'http://127.0.0.1:1', strict.tokens.ann);
  assert.match(away, /^503 the server at 127\.0\.0\.1:1 does not answer$/);
  assert.equal(await first_word(`${friendly.url}/client/index.js`, friendly.url, friendly.tokens.ann), 'online');
  console.log(`${browser_name}: refused, unknown, away and allowed are told apart`);
} catch (error) {
  console.error(`FAILED: ${error.stack}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  site.close();
  await Promise.all([strict.stop(), friendly.stop()]);
}
