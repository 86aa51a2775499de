// Offers that are larger than the server allows: the error says how large and what is allowed; and those that it allows,
// of which the client knows by the welcome, make a call.
//     node large_test.mjs BROWSER      (chromium: Firefox's offers are a third as large)
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { open_page } from './browsers.mjs';
import { serve } from './local_server.mjs';

const kPatienceMilliseconds = 60_000;
const kTracks = 24;  // make an offer of 110 KB

const [browser_name] = process.argv.slice(2);
const peers = [['home', 'ann'], ['home', 'bob']];
const servers = [await serve({ peers }), await serve({ peers, settings: ['signaling.max_message=1MiB', 'signaling.offline_queue.bytes=1MiB'] })];
const browser = await open_page(browser_name, { directory: join(servers[0].directory, 'browser') });

async function device(server, name) {
  const page = await browser.fresh_page();
  await page.goto(`${server.url}/healthz`);
  await page.evaluate(async (token) => {
    const { connect } = await import('/client/index.js');
    globalThis.icebox = await connect({ url: '/', token });
    globalThis.errors = [];
    icebox.on('error', ({ code, message }) => errors.push(`${code} ${message}`));
    icebox.on('call', (call) => call.accept());
  }, server.tokens[name]);
  return page;
}

// How a call with that many tracks ends or begins, and what was told.
function call_with_tracks(page, tracks) {
  return page.evaluate(({ tracks, patience }) => new Promise((resolve) => {
    const streams = Array.from({ length: tracks }, () => {
      const canvas = document.createElement('canvas');
      canvas.getContext('2d');
      return canvas.captureStream(1);
    });
    const call = icebox.call('bob', { streams });
    const tell = () => resolve({
      state: call.state, reason: call.reason, errors, offer_bytes: call.connection.localDescription?.sdp.length ?? 0,
    });
    call.on('state', ({ state }) => { if (state === 'ended' || state === 'connected') setTimeout(tell); });
    setTimeout(tell, patience);
  }), { tracks, patience: kPatienceMilliseconds });
}

try {
  for (const [i, server] of servers.entries()) {
    const [ann] = [await device(server, 'ann'), await device(server, 'bob')];
    const { state, reason, errors, offer_bytes } = await call_with_tracks(ann, kTracks);
    console.log(`${browser_name}: an offer of ${offer_bytes} bytes: ${state} ${reason ?? ''} ${errors}`);
    if (i === 0) {
      assert.deepEqual([state, reason], ['ended', 'refused']);
      assert.match(errors.join(), /^413 the call with bob: a message of \d{5,} bytes; the server allows 65536 /);
    } else {
      assert.ok(offer_bytes > 64 * 1024);
      assert.deepEqual([state, errors], ['connected', []]);
    }
  }
} catch (error) {
  console.error(`FAILED: ${error.stack}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  await Promise.all(servers.map((server) => server.stop()));
}
