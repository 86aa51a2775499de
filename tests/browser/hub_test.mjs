// A call and the messages over the hub outlive what happens to servers, networks and tabs: the server is killed and
// started again twice, a network goes away and comes back, another takes its place, a tab is frozen.
//     lab.py --server --client HOST=KIND... -- node hub_test.mjs BROWSER@HOST BROWSER@HOST [STEP...]
// Between hosts of kind `direct` the call goes past the server; from behind a NAT of kind `symmetric` or `udp-blocked` it is
// relayed. What happens to a network happens to that of the first.
import { setTimeout as sleep } from 'node:timers/promises';
import { BrowserPeer, explain, lab } from './browser_peer.mjs';
import { change_public_address, is_behind_nat, unplug } from './network.mjs';
import { allocations_of, base_url, invite } from './operator.mjs';

const kNumbers = 300, kIntervalMilliseconds = 50;
const kCounted = 120, kCountMilliseconds = 100;
const kRecoverySeconds = 50;
// ICE needs half of it. Without a restart a call may come back, too: by a new connection, once SCTP has given up after 40 s.
const kMostSilenceMilliseconds = 30_000;

function device(specification) {
  const [browser, host] = specification.split('@');
  return new BrowserPeer({ browser, host, script: 'hub_page.js' });
}

const check = (right, what) => { if (!right) throw new Error(what); };

async function join(peer, name) {
  await peer.call('visit', { url: `${base_url}/healthz` });
  await peer.call('join', { name, invitation: new URL(invite('household')).hash.replace('#invite=', '') });
}

const restart_server = () => process.kill(lab.server.restart.pid, lab.server.restart.signal);

async function talk(from, to, text) {
  await from.call('say', { text });
  await to.until(`hears '${text}'`, ({ heard }) => heard.at(-1) === text);
}

// A call that goes past the server does not notice. A relay's allocations die with it: the call breaks, and comes back over
// new ones, got with the credentials that the hub sent when it was back.
async function kill_server_while_numbers_flow(ann, bob) {
  const before = await Promise.all([ann, bob].map((peer) => peer.call('report')));
  await ann.call('send_numbers', { to: 'bob', count: kNumbers, interval_ms: kIntervalMilliseconds });
  if (is_relayed) await count_through(ann, bob, () => kill_server_twice());
  else await kill_server_twice((i) => talk(ann, bob, `while the server is away, ${i}`));
  const { sent } = await ann.until('all receipts', ({ sent: { delivered, failed } }) => delivered + failed.length === kNumbers, 60);
  const { received } = await bob.call('report');
  check(sent.failed.length === 0, `not delivered: ${JSON.stringify(sent.failed)}`);
  check(received.length === kNumbers && received.every((number, i) => number === i), `lost, doubled or out of order: ${received}`);
  for (const [i, peer] of [ann, bob].entries()) {
    const { call, ufrag, turn_user } = await peer.call('report');
    check(call === 'connected', `${peer.name}: the call is ${call}`);
    check((ufrag !== before[i].ufrag) === is_relayed, `${peer.name}: ICE ${is_relayed ? 'did not begin' : 'began'} anew`);
    check(!is_relayed || turn_user !== before[i].turn_user, `${peer.name}: the credentials are the old ones`);
  }
}

async function kill_server_twice(meanwhile = () => {}) {
  for (let i = 0; i < 2; ++i) {
    await sleep(2_500);
    restart_server();
    await meanwhile(i);
  }
}

// A host without network for a while, then in the same one again. Meanwhile both sides go on sending.
async function lose_network(ann, bob) {
  await count_through(ann, bob, async () => {
    const plug_in = unplug(ann.host);
    await sleep(8_000);
    plug_in();
  });
}

// Whatever happens to the connection, what is said in the call arrives once and in order, and there is video again.
async function count_through(ann, bob, event) {
  const before = await Promise.all([ann, bob].map((peer) => peer.call('report')));
  for (const peer of [ann, bob]) await peer.call('count', { count: kCounted, interval_ms: kCountMilliseconds });
  await event();
  await Promise.all([ann, bob].map((peer, i) => peer.until('every number', ({ heard, frames, call }) =>
    call === 'connected' && frames > 0 && heard.length >= before[i].heard.length + kCounted, kRecoverySeconds)));
  for (const [i, peer] of [ann, bob].entries()) {
    const { heard, silence_ms, frames, renewals, states } = await peer.call('report');
    const numbers = heard.slice(before[i].heard.length);
    check(numbers.length === kCounted && numbers.every((word, n) => word === `number ${n}`), `lost, doubled or out of order: ${numbers}`);
    check(silence_ms < kMostSilenceMilliseconds, `${peer.name}: nothing was heard for ${silence_ms} ms`);
    await peer.until('video again', (report) => report.frames > frames, kRecoverySeconds);
    console.log(`  ${peer.name}: silence of ${(silence_ms / 1000).toFixed(1)} s, ${renewals - before[i].renewals} new connections, ${states.length - before[i].states.length} states of the hub`);
  }
  await both_talk(ann, bob);
}

// From one network into another: the old address is gone for good. Whether that takes an ICE restart is the browser's
// affair: Chromium's sockets are bound to no address. An allocation however belongs to the old one.
async function change_network(ann, bob) {
  const { ufrag } = await ann.call('report');
  let address;
  await count_through(ann, bob, async () => {
    address = change_public_address(ann.host);
    await sleep(10_000);  // what still hangs on the old address is dead by then
  });
  if (!is_relayed) return;
  check((await ann.call('report')).ufrag !== ufrag, 'ICE did not begin anew');
  check(allocations_of('household/ann').some(({ client }) => client.startsWith(`${address}:`)), `no allocation from ${address}`);
}

// Which of the transports that get through a browser takes to the relay is its own affair.
async function go_their_way(devices) {
  const way = is_relayed ? 'relayed' : 'direct';
  for (const peer of devices) await peer.until(`a call that is ${way}`, ({ path }) => path?.startsWith(way));
}

async function both_talk(ann, bob) {
  const well = ({ call, state }) => call === 'connected' && state === 'online';
  await ann.call('say', { text: 'back again' });
  await bob.until("hears 'back again'", ({ heard }) => heard.at(-1) === 'back again', kRecoverySeconds);
  for (const peer of [ann, bob]) await peer.until('the call again', well, kRecoverySeconds);
  await talk(bob, ann, 'so are you');
}

// What was sent to a frozen tab within half a minute reaches it when it wakes.
async function freeze_tab(ann, bob) {
  const { received } = await bob.call('report');
  await bob.call('freeze');
  await ann.call('send_numbers', { to: 'bob', count: 20, interval_ms: 20 });
  await sleep(10_000);
  await bob.call('thaw');
  const woken = await bob.until('all of it', (report) => report.received.length >= received.length + 20);
  check(woken.received.length === received.length + 20, `doubled: ${woken.received.slice(received.length)}`);
  await talk(bob, ann, 'awake');
}

const steps = { kill_server_while_numbers_flow, lose_network, change_network, freeze_tab };
const [left, right, ...wanted] = process.argv.slice(2);
const devices = [left, right].map(device);
const is_relayed = devices.some(({ host }) => is_behind_nat(host));
try {
  const [ann, bob] = devices;
  for (const peer of devices) await peer.open();
  await join(ann, 'ann');
  await join(bob, 'bob');
  await ann.until('bob is there', ({ peers }) => peers.bob === true);
  await ann.call('call', { name: 'bob' });
  await go_their_way(devices);
  for (const name of wanted.length ? wanted : Object.keys(steps)) {
    const started = Date.now();
    await steps[name](ann, bob);
    await go_their_way(devices);
    console.log(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
} catch (error) {
  console.error(`FAILED: ${error.message}`);
  for (const peer of devices) await explain(peer).catch(() => {});
  process.exitCode = 1;
} finally {
  await Promise.all(devices.map((peer) => peer.close()));
}
