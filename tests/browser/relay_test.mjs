// Two browsers behind NATs meet through the TURN server alone: 4 MiB each way over a data channel, compared byte
// by byte, and video both ways at once.
//     lab.py --server --client HOST=KIND... -- node relay_test.mjs BROWSER@HOST/TRANSPORT BROWSER@HOST/TRANSPORT
// TRANSPORT is how that browser reaches the server: udp, udp6 (over IPv6), tcp or tls. The test itself carries the
// signaling.
import { setTimeout as sleep } from 'node:timers/promises';
import { BrowserPeer, explain, lab } from './browser_peer.mjs';

const kTransferBytes = 4 << 20;
const kFramesWanted = 30;
const kConnectSeconds = 30, kTransferSeconds = 90;

class RelayPeer extends BrowserPeer {
  constructor(specification, index) {
    const parsed = /^(chromium|firefox)@([\w-]+)\/(udp6?|tcp|tls)$/.exec(specification);
    if (!parsed) throw new Error(`'${specification}' is not BROWSER@HOST/TRANSPORT`);
    super({ browser: parsed[1], host: parsed[2] });
    this.name = specification;
    this.transport = parsed[3];
    this.seed = 0x1ceb0 + index;
  }

  start({ offerer, receive_seed }) {
    const { urls, user, password } = lab.server;
    const ice_server = { urls: urls[this.transport], username: user, credential: password };
    return this.call('start', { ice_server, receive_seed, offerer });
  }
}

// Asks both browsers until `good` holds for the reports of both.
async function both(peers, what, seconds, good) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const reports = [];
    for (const peer of peers) reports.push(await peer.call('report'));
    if (reports.every(good)) return reports;
    const failed = reports.find((report) => report.connection === 'failed');
    if (failed || Date.now() > deadline) throw new Error(`${what}: ${failed ? 'failed' : `not within ${seconds} s`}`);
    await sleep(250);
  }
}

function check_path(peer, report) {
  const { local, remote } = report;
  const relays = [lab.server.ipv4, lab.server.ipv6];
  const wrong = local?.type !== 'relay' ? 'is no relay'
    : local.relay_protocol !== peer.transport.replace('6', '') ? `reaches the relay over ${local.relay_protocol}`
    : !relays.includes(remote?.address) ? `leads to ${remote?.address}, not to the relay` : null;
  if (wrong) throw new Error(`${peer.name}: the selected pair ${wrong}: ${JSON.stringify({ local, remote })}`);
}

async function meet(left, right) {
  const started = Date.now();
  const since = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const peers = [left, right];
  await left.start({ offerer: true, receive_seed: right.seed });
  await right.start({ offerer: false, receive_seed: left.seed });
  await left.call('accept', { sdp: await right.call('answer', { sdp: await left.call('offer') }) });
  await both(peers, 'connecting', kConnectSeconds, (r) => r.connection === 'connected' && r.channel === 'open');
  console.log(`connected after ${since()}`);

  await Promise.all([left, right].map((peer) =>
    peer.call('send', { seed: peer.seed, total_bytes: kTransferBytes }, kTransferSeconds)));
  const reports = await both(peers, 'transfer and video', kTransferSeconds, (r) =>
    r.received.first_wrong_byte !== null || (r.received.bytes >= kTransferBytes && r.frames_decoded > kFramesWanted));
  console.log(`${kTransferBytes} bytes each way and ${reports.map((r) => r.frames_decoded)} frames after ${since()}`);
  peers.forEach((peer, i) => {
    const { bytes, first_wrong_byte } = reports[i].received;
    if (first_wrong_byte !== null) throw new Error(`${peer.name}: received byte ${first_wrong_byte} is wrong`);
    if (bytes !== kTransferBytes) throw new Error(`${peer.name}: received ${bytes} bytes, not ${kTransferBytes}`);
    check_path(peer, reports[i]);
  });
}

const peers = process.argv.slice(2).map((specification, index) => new RelayPeer(specification, index));
try {
  if (peers.length !== 2) throw new Error('two of BROWSER@HOST/TRANSPORT are needed');
  for (const peer of peers) await peer.open();
  await meet(...peers);
} catch (error) {
  console.error(`FAILED: ${error.message}`);
  for (const peer of peers) await explain(peer).catch(() => {});
  process.exitCode = 1;
} finally {
  await Promise.all(peers.map((peer) => peer.close()));
}
