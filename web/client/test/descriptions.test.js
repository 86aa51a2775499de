import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidate_of, check_data, description_of } from '../descriptions.js';
import { colons, forgeries } from './forgeries.js';

const kOwn = 'AB'.repeat(32), kForeign = 'CD'.repeat(32);
const sdp_of = (fp) => 'v=0\r\no=- 5 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n' +
  `m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=fingerprint:sha-256 ${colons(fp)}\r\n` +
  'a=setup:actpass\r\na=mid:0\r\n';

test('what the sender itself made passes, made anew from type and sdp', () => {
  const sdp = sdp_of(kOwn);
  const more = { type: 'answer', sdp, call: 'c', generation: 1, extra: true };
  assert.deepEqual(description_of('answer', more, kOwn), { type: 'answer', sdp });
  assert.deepEqual(description_of('answer', more, colons(kOwn).toLowerCase()), { type: 'answer', sdp });
  const twice = sdp_of(kOwn) + `a=fingerprint:SHA-256 ${colons(kOwn).toLowerCase()}`;
  assert.equal(description_of('offer', { type: 'offer', sdp: twice }, kOwn).sdp, twice);
});

for (const [way, forge] of Object.entries(forgeries)) {
  test(`a foreign fingerprint: ${way}`, () => {
    assert.throws(() => description_of('offer', forge(sdp_of(kForeign), kOwn), kOwn), { name: 'IceboxError' });
  });
}

test('of who has bound no certificate any is taken, in the right shape', () => {
  assert.equal(description_of('offer', { type: 'offer', sdp: sdp_of(kForeign) }, null).sdp, sdp_of(kForeign));
  for (const body of [null, 'v=0', [], {}, { type: 'offer' }, { type: 'offer', sdp: 7 }, { type: 'answer', sdp: 'v=0' }])
    assert.throws(() => description_of('offer', body, null), { code: 400 });
});

test('a candidate is made anew, of one line', () => {
  const good = { candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'x' };
  assert.deepEqual(candidate_of({ ...good, call: 'c', extra: {} }), good);
  assert.deepEqual(candidate_of({ candidate: '' }), { candidate: '', sdpMid: null, sdpMLineIndex: null });
  for (const body of [null, 'candidate:1', [good], {}, { ...good, candidate: ['x'] }, { ...good, sdpMid: {} },
                      { ...good, candidate: 'candidate:1\r\na=fingerprint:sha-256 AB' }, { ...good, sdpMLineIndex: '0' }])
    assert.throws(() => candidate_of(body), { code: 400 });
});

test('a message that carries a foreign description is refused, however it is wrapped', () => {
  const sdp = sdp_of(kForeign);
  for (const data of [sdp, { sdp }, { type: 'offer', sdp: [sdp] }, { a: [{ b: { type: 'answer', sdp } }] }, [[sdp]],
                      JSON.stringify({ type: 'offer', sdp }), { signal: JSON.stringify(JSON.stringify({ sdp })) }, { [`x`]: `{"sdp":"${sdp}` }])
    assert.throws(() => check_data(data, kOwn), { name: 'IceboxError' }, JSON.stringify(data).slice(0, 60));
  let deep = { sdp };
  for (let i = 0; i < 100; ++i) deep = [deep];
  assert.throws(() => check_data(deep, kOwn), { code: 400 });
});

test('other messages pass: own descriptions, and talk about fingerprints', () => {
  const sdp = sdp_of(kOwn);
  for (const data of [null, 7, true, '', 'what is your fingerprint?', 'v=0', { sdp }, JSON.stringify({ type: 'offer', sdp }),
                      { type: 'offer', text: 'three apples' }, [[[]]], { sdp: { type: 'answer', sdp } }])
    check_data(data, kOwn);
  check_data(sdp_of(kForeign), null);
});
