// One device as an application sees it, the hub being the test.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Server } from '../http.js';
import { Icebox } from '../icebox.js';
import { FakeRtcConnection } from './fake_rtc.js';
import { FakeEnvironment, FakeStore, settle } from './fakes.js';
import { colons, forgeries } from './forgeries.js';

const kSelf = 'AA'.repeat(32), kBob = 'BB'.repeat(32), kThief = 'CC'.repeat(32);
const sdp_of = (fp) => `v=0\r\no=- 5 1\r\nt=0 0\r\na=ice-ufrag:r\r\na=fingerprint:sha-256 ${colons(fp)}\r\na=setup:actpass\r\n`;
let environment, icebox, heard, made, n;

beforeEach(() => {
  environment = new FakeEnvironment();
  [heard, made, n] = [[], [], 0];
  globalThis.RTCPeerConnection = class extends FakeRtcConnection {
    constructor(configuration) { super(configuration); made.push(this); }
  };
  globalThis.MediaStream = class {};
  icebox = new Icebox({
    server: new Server('https://turn.example.org/', environment), token: 'ibx_secret', storage: 'icebox', store: new FakeStore(),
    identity: { certificate: {}, fp: kSelf, is_kept: true }, rtc: {}, environment,
  });
  for (const name of ['call', 'message', 'error']) icebox.on(name, (detail) => heard.push([name, detail]));
  icebox.start();
  environment.socket.open();
  const peer = { name: 'bob', fp: kBob, verified: true, online: true };
  environment.socket.say({ uid: 1, user: 'u', name: 'me', fp: kSelf, peers: [peer], session: 's', resumed: false,
                           ice_servers: [], ice_servers_ttl: 3600 });
});

const say = (message) => environment.socket.say({ n: ++n, source_fp: kBob, source_name: 'bob', ...message });
const events = () => heard.map(([name, detail]) => name === 'error' ? `error ${detail.code}` : name);
const described = () => made.filter(({ remoteDescription }) => remoteDescription !== null).length;

test('an offer of the peer itself rings, and is set as type and sdp alone', async () => {
  say({ offer: { type: 'offer', sdp: sdp_of(kBob), call: 'c', data: true, generation: 0 } });
  assert.deepEqual(events(), ['call']);
  heard[0][1].accept();
  await settle();
  assert.deepEqual(made[0].remoteDescription, { type: 'offer', sdp: sdp_of(kBob) });
});

for (const [way, forge] of Object.entries(forgeries)) {
  test(`an offer with a foreign fingerprint does not ring: ${way}`, async () => {
    const body = forge(sdp_of(kThief), kBob);
    say({ offer: typeof body === 'object' ? { ...body, call: 'evil', data: true } : body });
    await settle();
    const [[name, error]] = heard;
    assert.equal(name, 'error');
    assert.match(error.message, /a call by bob was refused/);
    assert.deepEqual([heard.length, icebox.calls, described()], [1, [], 0]);
    assert.equal(environment.socket.take().at(-1).data.end, 'left', 'who made it by mistake is told');
  });
}

test('an answer with a foreign fingerprint ends the call; nothing of it is set', async () => {
  const call = icebox.call('bob');
  await settle();
  await settle();
  const { offer } = environment.socket.take().find((frame) => frame.offer);
  say({ answer: { type: 'answer', sdp: sdp_of(kThief), call: offer.call } });
  await settle();
  assert.deepEqual([call.state, call.reason, described(), events()], ['ended', 'failed', 0, ['error 403']]);
});

test('a foreign offer within a connected call changes nothing of it', async () => {
  const call = icebox.call('bob');
  await settle();
  await settle();
  const { offer } = environment.socket.take().find((frame) => frame.offer);
  say({ answer: { type: 'answer', sdp: sdp_of(kBob), call: offer.call } });
  await settle();
  made[0].enter('connected', 'connected', 'connected');
  await settle();
  say({ offer: { type: 'offer', sdp: sdp_of(kThief), call: offer.call, generation: 1 } });
  await settle();
  assert.deepEqual([call.state, made.length, events()], ['connected', 1, ['error 403']]);
});

test('an offer that the server does not take says why, and the call is not called unavailable', async () => {
  const call = icebox.call('bob');
  await settle();
  await settle();
  const offer = environment.socket.take().find((frame) => frame.offer);
  environment.socket.say({ nack: offer.id, code: 413, text: 'too large' });
  await settle();
  assert.deepEqual([call.state, call.reason, events()], ['ended', 'refused', ['error 413']]);
  assert.match(heard[0][1].message, /^the call with bob: too large/);

  const again = icebox.call('bob');
  await settle();
  await settle();
  environment.socket.say({ nack: environment.socket.take().find((frame) => frame.offer).id, code: 410, text: 'not there' });
  await settle();
  assert.deepEqual([again.reason, heard.length], ['unavailable', 1]);
});

test('an offer above max_message names its size and the limit', async () => {
  FakeRtcConnection.prototype.padding = `a=x:${'y'.repeat(70_000)}\r\n`;
  const call = icebox.call('bob');
  await settle();
  await settle();
  delete FakeRtcConnection.prototype.padding;
  await settle();
  assert.equal(call.reason, 'refused');
  assert.match(heard[0][1].message, /the call with bob: a message of 7\d{4} bytes; the server allows 65536/);
});

test('candidates that came too fast go again, after the offer', async () => {
  icebox.call('bob');
  await settle();
  await settle();
  const [offer] = environment.socket.take().filter((frame) => frame.offer);
  for (const name of ['one', 'two'])
    made[0].dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: { toJSON: () => ({ candidate: name }) } }));
  await settle();
  const candidates = environment.socket.take();
  for (const { id } of [offer, ...candidates]) environment.socket.say({ nack: id, code: 429, text: 'too fast', retry_after_ms: 100 });
  environment.advance(100);
  const again = environment.socket.take().filter(({ target }) => target);
  assert.deepEqual(again.map((frame) => frame.candidate?.candidate ?? 'offer'), ['offer', 'one', 'two']);
  assert.deepEqual(events(), []);
});

test('a message with a foreign description reaches no handler', () => {
  say({ data: { type: 'offer', sdp: sdp_of(kThief) } });
  say({ data: { type: 'offer', sdp: [sdp_of(kThief)] } });
  say({ data: { type: 'offer', sdp: sdp_of(kBob) } });
  assert.deepEqual(events(), ['error 403', 'error 400', 'message']);
});

test('a candidate that is none is ignored', async () => {
  say({ offer: { type: 'offer', sdp: sdp_of(kBob), call: 'c' } });
  heard[0][1].accept();
  for (const candidate of [null, 'text', { candidate: 'x\r\na=y', call: 'c' }, { candidate: 'good', sdpMid: '0', call: 'c' }])
    say({ candidate });
  await settle();
  assert.deepEqual([made[0].candidates, events()], [['good'], ['call']]);
});
