// Two browsers behind NATs meet through the TURN server alone: 4 MiB each way over a data channel, compared byte
// by byte, and video both ways at once.
//     lab.py --server --client HOST=KIND... -- node relay_test.mjs BROWSER@HOST/TRANSPORT BROWSER@HOST/TRANSPORT
// TRANSPORT is how that browser reaches the server: udp, udp6 (over IPv6), tcp or tls. The test itself carries the
// signaling.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const kTransferBytes = 4 << 20;
const kFramesWanted = 30;
const kStartSeconds = 75, kAnswerSeconds = 40, kConnectSeconds = 30, kTransferSeconds = 90;

const lab = JSON.parse(process.env.LAB);

class BrowserPeer {
  constructor(specification, index) {
    const parsed = /^(chromium|firefox)@([\w-]+)\/(udp6?|tcp|tls)$/.exec(specification);
    if (!parsed || !lab.hosts[parsed[2]]) throw new Error(`'${specification}' is not BROWSER@HOST/TRANSPORT`);
    [this.name, this.browser, this.host, this.transport] = parsed;
    this.directory = join(lab.directory, `browser-${index}`);
    this.seed = 0x1ceb0 + index;
  }

  async open() {
    const program = new URL('peer.mjs', import.meta.url).pathname;
    this.process = spawn('ip', ['netns', 'exec', lab.hosts[this.host].netns, 'setpriv', '--pdeathsig', 'KILL',
                                process.execPath, program, this.browser, this.directory, lab.server.ca],
                         { stdio: ['pipe', 'pipe', 'pipe'] });
    this.said = [];
    createInterface({ input: this.process.stderr }).on('line', (line) => this.said.push(line));
    this.answers = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    await this.next_answer('start of the browser', kStartSeconds);
  }

  async next_answer(what, seconds) {
    const late = new AbortController();
    const timeout = sleep(seconds * 1000, null, { signal: late.signal }).then(
      () => { throw new Error(`${this.name}: no answer to '${what}' within ${seconds} s`); });
    timeout.catch(() => {});
    try {
      const { value, done } = await Promise.race([this.answers.next(), timeout]);
      if (done) throw new Error(`${this.name}: ended at '${what}'\n${this.said.slice(-20).join('\n')}`);
      const { result, error } = JSON.parse(value);
      if (error) throw new Error(`${this.name}: ${error}`);
      return result;
    } finally {
      late.abort();
    }
  }

  call(name, argument = {}, seconds = kAnswerSeconds) {
    this.process.stdin.write(`${JSON.stringify({ call: name, argument })}\n`);
    return this.next_answer(name, seconds);
  }

  start({ offerer, receive_seed }) {
    const { urls, user, password } = lab.server;
    const ice_server = { urls: urls[this.transport], username: user, credential: password };
    return this.call('start', { ice_server, receive_seed, offerer });
  }

  async close() {
    if (!this.process) return;
    const ended = once(this.process, 'exit');
    this.process.stdin.end();
    await Promise.race([ended, sleep(5000, null, { ref: false })]);
    this.process.kill('SIGKILL');
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

async function explain(peer) {
  const state = await peer.call('report', {}, 5).catch((error) => error.message);
  console.error(`--- ${peer.name}\n${JSON.stringify(state, null, 1)}\n${peer.said?.slice(-20).join('\n')}`);
}

const peers = process.argv.slice(2).map((specification, index) => new BrowserPeer(specification, index));
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
