import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fewer_urls } from '../ice_urls.js';

const servers = (stun, turn) => [{ urls: stun }, { urls: turn, username: 'u', credential: 'c' }];

test('STUN goes where TURN over UDP tells the same, and what Firefox ignores goes', () => {
  assert.deepEqual(fewer_urls(servers(['stun:192.0.2.2:3478', 'stun:192.0.2.2:443'],
    ['turn:192.0.2.2:3478?transport=udp', 'turn:192.0.2.2:443?transport=udp', 'turn:192.0.2.2:3478?transport=tcp',
     'turns:192.0.2.2:443?transport=tcp'])),
    [{ urls: ['turn:192.0.2.2:3478?transport=udp', 'turn:192.0.2.2:443?transport=udp', 'turn:192.0.2.2:3478?transport=tcp'],
       username: 'u', credential: 'c' }]);
  const alone = servers(['stun:192.0.2.2:3478'], ['turn:192.0.2.9:3478?transport=udp']);
  assert.deepEqual(fewer_urls(alone), alone, 'another host may be another address');
});

test('of too many, UDP of both families, TLS and TCP are kept', () => {
  const [{ urls }] = fewer_urls(servers(['stun:192.0.2.2:3478', 'stun:[2001:db8::2]:3478'],
    ['turn:192.0.2.2:3478?transport=udp', 'turn:[2001:db8::2]:3478?transport=udp', 'turn:192.0.2.2:443?transport=udp',
     'turn:[2001:db8::2]:443?transport=udp', 'turn:192.0.2.2:3478?transport=tcp', 'turn:[2001:db8::2]:3478?transport=tcp',
     'turns:turn.example.org:443?transport=tcp']));
  assert.deepEqual(urls, ['turn:192.0.2.2:3478?transport=udp', 'turn:[2001:db8::2]:3478?transport=udp',
                          'turn:192.0.2.2:3478?transport=tcp', 'turns:turn.example.org:443?transport=tcp']);
});

test('never more than four, never none for want of understanding', () => {
  const many = Array.from({ length: 9 }, (_, i) => `turn:t${i}.example.org?transport=udp`);
  assert.equal(fewer_urls([{ urls: many }]).flatMap(({ urls }) => urls).length, 4);
  assert.deepEqual(fewer_urls([{ urls: 'turn:turn.example.org' }]), [{ urls: ['turn:turn.example.org'] }]);
  assert.deepEqual(fewer_urls([]), []);
});
