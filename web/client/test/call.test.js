import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeCall, FakeTrack } from './fake_rtc.js';

let call, left, right;

beforeEach(() => {
  call = new FakeCall();
  ({ left, right } = call);
});

// What Firefox does when a send fails while the host has no network.
const break_dtls = (side) => side.connection.enter('failed', 'connected', 'failed');
const stream_of = (...kinds) => {
  const tracks = kinds.map((kind) => new FakeTrack(kind));
  return { getTracks: () => tracks };
};
const tracks_of = ({ connection }) => connection.getSenders().flatMap(({ track }) => track ?? []);

test('a connection that is beyond recovery is replaced on both sides, under the same call', async () => {
  await call.connect();
  const before = [left.connection, left.channel, right.connection, right.channel];
  break_dtls(left);
  call.environment.advance(0);
  await call.meet();
  assert.deepEqual(call.log, { left: ['connecting', 'connected', 'reconnecting', 'connection', 'connected'],
                               right: ['connecting', 'connected', 'reconnecting', 'connection', 'connected'] });
  assert.deepEqual(before.map((each) => each.connectionState ?? 'channel'), ['closed', 'channel', 'closed', 'channel']);
  assert.ok([left.connection, left.channel, right.connection, right.channel].every((each) => !before.includes(each)));
  left.send('to the right');
  right.send('to the left');
  assert.deepEqual(call.heard, { left: ['to the left'], right: ['to the right'] });
});

test('the new connection sends the tracks that the old one sent, in the streams they were in', async () => {
  const streams = { left: [stream_of('audio', 'video')], right: [stream_of('video')] };
  await call.connect(streams);
  const [, video] = left.connection.getSenders();
  video.track = new FakeTrack('screen');  // replaceTrack()
  left.connection.getTransceivers()[0].direction = 'inactive';
  const wanted = [tracks_of(left), tracks_of(right)];
  break_dtls(left);
  call.environment.advance(0);
  await call.meet();
  assert.deepEqual([tracks_of(left), tracks_of(right)], wanted);
  assert.deepEqual(left.connection.getSenders().map(({ streams }) => streams), [streams.left, streams.left]);
  assert.equal(left.connection.getTransceivers()[0].direction, 'inactive');
});

test('who only receives offers to receive again', async () => {
  await call.connect({ right: [stream_of('video')] });
  left.connection.addTransceiver('video', { direction: 'recvonly' });
  break_dtls(left);
  call.environment.advance(0);
  assert.deepEqual(left.connection.getTransceivers().map(({ direction }) => direction), ['recvonly']);
});

test('what was sent arrives once and in order, whatever was on its way', async () => {
  await call.connect();
  left.send('arrived, receipt came');
  call.environment.advance(1_000);
  left.send('arrived, no receipt');
  right.send('arrived');
  call.cut();
  left.send('lost');
  right.send('lost too');
  break_dtls(left);
  call.environment.advance(0);
  left.send('waits');
  right.send('goes to the old channel');
  await call.exchange();
  right.send('waits too');
  await call.meet();
  left.send('after');
  assert.deepEqual(call.heard.right, ['arrived, receipt came', 'arrived, no receipt', 'lost', 'waits', 'after']);
  assert.deepEqual(call.heard.left, ['arrived', 'lost too', 'goes to the old channel', 'waits too']);
});

test('both begin anew at once: the polite one takes the offer of the other', async () => {
  await call.connect();
  for (const side of [left, right]) break_dtls(side);
  call.environment.advance(2_500);  // without a word of the other meanwhile
  await call.meet();
  for (const side of [left, right]) side.send('hello');
  assert.deepEqual(call.heard, { left: ['hello'], right: ['hello'] });
  assert.deepEqual([left.connection.signalingState, right.connection.signalingState], ['stable', 'stable']);
  assert.deepEqual(call.log.left.filter((entry) => entry === 'connection').length, 1);
});

test('signals of a connection that is gone change nothing', async () => {
  await call.connect();
  left.connection.restartIce();
  await Promise.resolve();
  break_dtls(left);
  call.environment.advance(0);
  await call.exchange();
  const { connection } = right;
  right.receive('offer', { type: 'offer', sdp: 'o=- 1 1\r\na=ice-ufrag:x\r\na=setup:actpass\r\n', generation: 0, heard: 9 });
  right.receive('candidate', { candidate: 'old', generation: 0 });
  right.receive('answer', { type: 'answer', sdp: '', generation: 7 });
  await call.meet();
  assert.equal(right.connection, connection);
  assert.deepEqual([connection.offers_applied, connection.candidates], [1, []]);
});

test('without the hub the new connection waits for it', async () => {
  await call.connect();
  call.is_online = false;
  break_dtls(left);
  call.environment.advance(20_000);
  await call.exchange();
  assert.equal(left.connection.signalingState, 'stable', 'no offer made without the addresses of the next network');
  call.is_online = true;
  call.reached.forEach((reached) => reached());
  await call.meet();
  assert.deepEqual([left.state, right.state], ['connected', 'connected']);
  assert.deepEqual(call.log.left.filter((entry) => entry === 'connection').length, 1);
});

test('restarts of ICE in vain lead to a new connection, and a minute of both to the end', async () => {
  await call.connect();
  const { connection } = left;
  connection.enter('failed');
  call.environment.advance(24_000);
  assert.equal(left.connection, connection);
  assert.ok(connection.restarts > 0);
  await call.exchange();
  call.environment.advance(7_000);
  assert.notEqual(left.connection, connection);
  call.environment.advance(60_000);
  await call.exchange();
  assert.equal(left.reason, 'lost');
  assert.equal(right.reason, 'left');
  assert.equal(call.environment.timer_count, 0);
});

test('a data channel that ends by itself is worth a new connection, after the time for a farewell', async () => {
  await call.connect();
  left.channel.end();
  left.send('held');
  call.environment.advance(14_000);
  assert.ok(!call.log.left.includes('connection'));
  call.environment.advance(1_000);
  await call.meet();
  assert.deepEqual(call.heard.right, ['held']);
});

test('with a client that does not count connections the call ends', async () => {
  call.rewrite = ({ generation, heard, ...body }) => body;
  await call.connect();
  left.send('hello');
  break_dtls(left);
  call.environment.advance(0);
  await call.exchange();
  assert.deepEqual([left.reason, right.reason, call.heard.right], ['lost', 'left', ['hello']]);
});

test('a fresh connection has the ICE servers of today', async () => {
  await call.connect();
  left.set_ice_servers([{ urls: 'turn:today' }]);
  break_dtls(left);
  call.environment.advance(0);
  assert.deepEqual(left.connection.configuration.iceServers, [{ urls: 'turn:today' }]);
});

test('both call at once: the polite one goes on with a connection that has offered nothing', async () => {
  left.start({});
  call.right = call.side('right', 'left', true, false);
  call.right.start({});
  const { connection } = call.right;
  await call.meet();
  assert.deepEqual([left.state, call.right.state], ['connected', 'connected']);
  assert.notEqual(call.right.connection, connection);
  assert.equal(call.right.connection.offers_made, 0);
});
