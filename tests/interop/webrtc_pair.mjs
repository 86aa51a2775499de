// Two relay-only peers of an npm package that has the browser's RTCPeerConnection exchange data through the TURN
// server:  node webrtc_pair.mjs wrtc|werift|node-datachannel   See pair_test.py.
const kChunkBytes = 16 * 1024, kTotalBytes = 512 * 1024, kLimitMilliseconds = 40_000;

const constructors = {
  wrtc: async () => (await import('@roamhq/wrtc')).default.RTCPeerConnection,
  werift: async () => (await import('werift')).RTCPeerConnection,
  'node-datachannel': async () => (await import('node-datachannel/polyfill')).RTCPeerConnection,
};

function fail(reason) {
  console.log(`FAILED: ${reason}`);
  process.exit(1);
}

const bytes_of = (seed) => Uint8Array.from({ length: kTotalBytes }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 0xff);

function new_peer(PeerConnection, name) {
  const { TURN_URL, TURN_TRANSPORT, TURN_USER, TURN_PASSWORD } = process.env;
  const peer = new PeerConnection({
    iceServers: [{ urls: TURN_URL, username: TURN_USER, credential: TURN_PASSWORD }], iceTransportPolicy: 'relay',
    forceTurnTCP: TURN_TRANSPORT === 'tcp',  // werift's own: it does not read the transport in the URL
  });
  peer.addEventListener('connectionstatechange', () => console.log(name, peer.connectionState));
  return peer;
}

const is_relayed = (candidate) => / typ relay/.test(candidate);

// `to` learns the relayed candidates of `from` and no others: werift names its host candidates whatever the policy.
function trickle(name, from, to, to_is_ready) {
  from.addEventListener('icecandidate', async ({ candidate }) => {
    console.log(name, candidate?.candidate);
    if (!candidate || !is_relayed(candidate.candidate)) return;
    await to_is_ready;
    await to.addIceCandidate(candidate);
  });
}

function description(peer) {
  const { type, sdp } = peer.localDescription;
  const kept = sdp.split('\r\n').filter((line) => !line.startsWith('a=candidate') || is_relayed(line));
  return { type, sdp: kept.join('\r\n') };
}

// Sends `sent` as soon as `may_send`; resolves once `expected` has arrived.
function exchange(channel, may_send, sent, expected) {
  channel.binaryType = 'arraybuffer';
  may_send.then(() => {
    for (let at = 0; at < sent.length; at += kChunkBytes) channel.send(sent.slice(at, at + kChunkBytes));
  });
  let received = 0;
  return new Promise((done) => {
    channel.addEventListener('message', ({ data }) => {
      const got = new Uint8Array(data);  // of an ArrayBuffer or, from werift, a Buffer
      if (Buffer.compare(got, expected.subarray(received, received + got.length)) !== 0)
        fail(`wrong bytes after ${received}`);
      if ((received += got.length) === expected.length) done();
    });
  });
}

const once = (channel, event) => new Promise((done) => channel.addEventListener(event, done, { once: true }));
const opened = async (channel) => channel.readyState === 'open' || once(channel, 'open');

setTimeout(() => fail(`not done after ${kLimitMilliseconds} ms`), kLimitMilliseconds);
const PeerConnection = await constructors[process.argv[2]]();
const [left, right] = [new_peer(PeerConnection, 'left'), new_peer(PeerConnection, 'right')];
const [from_left, from_right] = [bytes_of(1), bytes_of(2)];
// The right speaks first: @roamhq/wrtc loses what arrives on a channel before its 'datachannel' event was handled.
const left_channel = left.createDataChannel('bytes');
const done = [
  exchange(left_channel, once(left_channel, 'message'), from_left, from_right),
  new Promise((done) => right.addEventListener('datachannel', ({ channel }) =>
    exchange(channel, opened(channel), from_right, from_left).then(done))),
];
let left_is_ready, right_is_ready;
trickle('left', left, right, new Promise((done) => { right_is_ready = done; }));
trickle('right', right, left, new Promise((done) => { left_is_ready = done; }));
await left.setLocalDescription(await left.createOffer());
await right.setRemoteDescription(description(left));
right_is_ready();
await right.setLocalDescription(await right.createAnswer());
await left.setRemoteDescription(description(right));
left_is_ready();
await Promise.all(done);
left.close();
right.close();
process.exit(0);
