import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from '../path.js';

const candidate = (id, candidateType, more = {}) =>
  ({ id, type: `${id}-candidate`, candidateType, protocol: 'udp', address: '203.0.113.1', port: 5000, ...more });

// As Chromium reports: the transport names the pair.
function chromium(local, remote) {
  return [
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
    { id: 'Q', type: 'candidate-pair', localCandidateId: 'none', remoteCandidateId: 'none', nominated: true, state: 'succeeded' },
    { id: 'P', type: 'candidate-pair', localCandidateId: 'local', remoteCandidateId: 'remote',
      currentRoundTripTime: 0.0123, bytesSent: 5, bytesReceived: 7 }, local, remote];
}

// As Firefox does: the pair is marked.
const firefox = (local, remote) =>
  chromium(local, remote).slice(1).map((entry) => entry.id === 'P' ? { ...entry, selected: true } : { ...entry, nominated: false });

for (const [name, report] of Object.entries({ chromium, firefox })) {
  const path = (local, remote) => summarize(report(local, remote)).path;
  test(`the path, from the statistics of ${name}`, () => {
    const host = candidate('remote', 'host');
    assert.equal(path(candidate('local', 'srflx'), host), 'direct');
    assert.equal(path(candidate('local', 'prflx'), host), 'direct');
    for (const transport of ['udp', 'tcp', 'tls'])
      assert.equal(path(candidate('local', 'relay', { relayProtocol: transport }), host), `relayed ${transport}`);
    assert.equal(path(candidate('local', 'relay', { url: 'turns:h:443?transport=tcp' }), host), 'relayed tls');
    assert.equal(path(candidate('local', 'relay', { url: 'turn:h:3478?transport=tcp' }), host), 'relayed tcp');
    assert.equal(path(candidate('local', 'host'), candidate('remote', 'relay')), 'relayed udp', "the other side's relay");
  });
}

test('round trip, bytes and both ends', () => {
  const { path, ...rest } = summarize(chromium(candidate('local', 'host', { address: undefined, ip: '10.0.0.1' }),
                                               candidate('remote', 'host', { address: undefined })));
  assert.deepEqual(rest, {
    rtt_ms: 12, bytes_sent: 5, bytes_received: 7,
    local: { type: 'host', protocol: 'udp', address: '10.0.0.1', port: 5000 },
    remote: { type: 'host', protocol: 'udp', address: '', port: 5000 },
  });
});

test('nothing connected: no path', () => {
  assert.deepEqual(summarize([{ id: 'T', type: 'transport' }]),
                   { path: null, rtt_ms: null, bytes_sent: 0, bytes_received: 0, local: null, remote: null });
});
