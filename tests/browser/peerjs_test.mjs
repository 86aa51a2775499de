// npm's peerjs, unmodified, with icebox as its server and its relay.
//     lab.py --server --client HOST=KIND... -- node peerjs_test.mjs meet BROWSER@HOST/TRANSPORT BROWSER@HOST/TRANSPORT
// meet:   names, data and video between the two, its errors, and coming back with the same name
// silent: clients that say nothing for longer than the PeerJS server would bear are still there
import { setTimeout as sleep } from 'node:timers/promises';
import { BrowserPeer, explain, lab } from './browser_peer.mjs';
import { base_url } from './operator.mjs';

const kLibrary = new URL('node_modules/peerjs/dist/peerjs.min.js', import.meta.url).pathname;
const kServersPatienceSeconds = 90;  // alive_timeout of npm's peer 1.0
const kLargeBytes = 200_000;         // cut into pieces by the client
const kFramesWanted = 30;

function device(specification) {
  const parsed = /^(chromium|firefox)@([\w-]+)\/(udp6?|tcp|tls)$/.exec(specification);
  if (!parsed) throw new Error(`'${specification}' is not BROWSER@HOST/TRANSPORT`);
  const { urls, user, password } = lab.server;
  const peer = new BrowserPeer({ browser: parsed[1], host: parsed[2], script: 'peerjs_page.js' });
  return Object.assign(peer, { ice_server: { urls: urls[parsed[3]], username: user, credential: password } });
}

const check = (right, what) => { if (!right) throw new Error(what); };
const same = (found, wanted, what) => check(JSON.stringify(found) === JSON.stringify(wanted),
                                            `${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);

async function open(peer) {
  await peer.open();
  await peer.call('visit', { url: `${base_url}/healthz` });
  await peer.call('load', { file: kLibrary });
}

const join = (peer, more) => peer.call('join', { ice_server: peer.ice_server, ...more });

async function talk(from, to, message) {
  await from.call('say', message);
  await to.until(`hears ${JSON.stringify(message)}`, ({ heard }) => JSON.stringify(heard.at(-1)) === JSON.stringify(message));
}

async function connect(from, to, id, options = {}) {
  await from.call('connect', { id, ...options });
  for (const peer of [from, to]) await peer.until('data', ({ data }) => data === true);
  await talk(from, to, { from: from.name });
  await talk(to, from, { from: to.name });
}

async function names(ann, bob) {
  same(await join(ann, { id: 'ann' }), 'ann', 'the name that was asked for');
  ann.id = 'ann';
  bob.id = await join(bob);
  check(/^[0-9a-f-]{36}$/.test(bob.id), `the name that the server gave is ${bob.id}`);
  same(await bob.call('try_to_join', { id: 'ann' }), 'error unavailable-id', 'a name in use');
  same(await bob.call('try_to_join', { id: 'carol', key: 'other' }), 'error server-error', 'a wrong key');
  same(await bob.call('try_to_join', { id: 'carol', path: '/' }), 'carol', 'the server at the root');
  check(/^[0-9a-f-]{36}$/.test(await bob.call('try_to_join', { path: '/' })), 'no name from the server at the root');
  same(await bob.call('try_to_list'), 'error server-error', 'who is connected');
}

async function data(ann, bob) {
  await connect(ann, bob, bob.id, { reliable: true, metadata: { of: 'ann' } });
  await ann.call('say_bytes', { count: kLargeBytes });
  const large = ({ heard }) => heard.at(-1)?.bytes?.length === kLargeBytes;
  const { heard } = await bob.until('all octets', large);
  check(heard.at(-1).bytes.every((octet, i) => octet === i % 251), 'octets are not as they were sent');
}

async function video(ann, bob) {
  await bob.call('call', { id: ann.id });
  for (const peer of [ann, bob]) {
    const { local, remote } = await peer.until('video', ({ call, frames }) => call === true && frames > kFramesWanted);
    check(/relay/.test(`${local} ${remote}`), `${peer.name}: the way is ${local} to ${remote}, past the relay`);
    console.log(`${peer.name}: ${local} to ${remote}`);
  }
}

async function unavailable(ann) {
  await ann.call('connect', { id: 'nobody' });
  const started = Date.now();
  await ann.until('peer-unavailable', ({ errors }) =>
    errors.some((error) => error === 'peer-unavailable: Could not connect to peer nobody'));
  check(Date.now() - started > 3000, 'given up before anybody could have come');
}

// Calls outlive it, and the name is there again for new ones.
async function reconnect(ann, bob) {
  const { frames } = await bob.call('report');
  await ann.call('disconnect');
  await ann.until('disconnected', ({ disconnected }) => disconnected);
  same(await ann.call('reconnect'), 'ann', 'the name after coming back');
  await bob.until('video goes on', (report) => report.frames > frames + kFramesWanted);
  await connect(bob, ann, 'ann');
}

async function meet(ann, bob) {
  for (const step of [names, data, video, unavailable, reconnect]) {
    const started = Date.now();
    await step(ann, bob);
    console.log(`${step.name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
}

// Frozen tabs send no heartbeats; the browser's own process goes on answering pings.
async function silent(ann, bob) {
  for (const [peer, id] of [[ann, 'ann'], [bob, 'bob']]) {
    same(await join(peer, { id }), id, 'the name');
    await peer.call('freeze');
  }
  await sleep((kServersPatienceSeconds + 5) * 1000);
  for (const peer of [ann, bob]) {
    await peer.call('thaw');
    const { open, disconnected, errors } = await peer.call('report');
    same({ open, disconnected, errors }, { open: true, disconnected: false, errors: [] }, peer.name);
  }
  await connect(ann, bob, 'bob');
}

const [what, ...specifications] = process.argv.slice(2);
const peers = specifications.map(device);
try {
  const test = { meet, silent }[what];
  check(test && peers.length === 2, 'meet or silent, and two of BROWSER@HOST/TRANSPORT, are needed');
  for (const peer of peers) await open(peer);
  await test(...peers);
} catch (error) {
  console.error(`FAILED: ${error.message}`);
  for (const peer of peers) await explain(peer).catch(() => {});
  process.exitCode = 1;
} finally {
  await Promise.all(peers.map((peer) => peer.close()));
}
