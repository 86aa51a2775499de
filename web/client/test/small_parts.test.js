import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../backoff.js';
import { Emitter } from '../events.js';
import { IceServerList } from '../ice_servers.js';
import { Inbox } from '../inbox.js';
import { PeerList } from '../peer_list.js';
import { Sequence } from '../sequence.js';
import { FakeEnvironment, FakeStore } from './fakes.js';

test('back-off doubles up to half a minute, anywhere between nothing and that, and starts over', () => {
  const longest = new Backoff(() => 0.999999);
  assert.deepEqual(Array.from({ length: 8 }, () => longest.next_ms()),
                   [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  longest.reset();
  assert.equal(longest.next_ms(), 1000);
  assert.equal(new Backoff(() => 0).next_ms(), 100, 'never a busy loop');
});

test('ids grow when the page is loaded again, the clock is set back, or the storage is cleared', () => {
  const store = new FakeStore();
  const first = new Sequence(store, 'ids', 5_000_000);
  const before = Array.from({ length: 10_000 }, () => first.next());
  assert.deepEqual(before, [...before].sort((a, b) => a - b));
  assert.ok(new Sequence(store, 'ids', 1_000).next() > before.at(-1), 'clock set back');
  assert.ok(new Sequence(new FakeStore(), 'ids', 5_100_000).next() > before.at(-1), 'storage cleared');
  assert.ok(Number.isSafeInteger(new Sequence(null, 'ids', Date.UTC(2200, 0)).next()));
});

test('a storage that refuses or holds nonsense does not keep ids from growing', () => {
  const refusing = { getItem() { throw new Error('denied'); }, setItem() { throw new Error('full'); } };
  const ids = new Sequence(refusing, 'ids', 7);
  assert.deepEqual([ids.next(), ids.next()], [7000, 7001]);
  const store = new FakeStore();
  store.setItem('ids', 'x');
  assert.equal(new Sequence(store, 'ids', 7).next(), 7000);
});

test('the inbox tells new frames, repeated ones and gaps apart', () => {
  const inbox = new Inbox();
  assert.deepEqual(inbox.take_number(1), { is_new: true, missed: 0 });
  assert.deepEqual(inbox.take_number(1), { is_new: false, missed: 0 });
  assert.deepEqual(inbox.take_number(4), { is_new: true, missed: 2 });
  inbox.start_session();
  assert.deepEqual(inbox.take_number(1), { is_new: true, missed: 0 });
});

test('the same id with another text is another message: a sender may count from 1 at every start', () => {
  const inbox = new Inbox();
  assert.equal(inbox.is_double('A', 1, '"x"'), false);
  assert.equal(inbox.is_double('A', 1, '"x"'), true);
  assert.equal(inbox.is_double('B', 1, '"x"'), false);
  assert.equal(inbox.is_double('A', 1, '"y"'), false);
  assert.equal(inbox.is_double('A', 1, '"y"'), true);
  for (let id = 2; id < 400; ++id) inbox.is_double('A', id, '');
  assert.equal(inbox.is_double('A', 1, '"y"'), false, 'what is remembered is bounded');
});

test('a handler that throws keeps no other from hearing', async (context) => {
  const thrown = new Promise((resolve) => {
    context.mock.method(globalThis, 'queueMicrotask', (callback) => { try { callback(); } catch (e) { resolve(e); } });
  });
  const emitter = new Emitter();
  const heard = [];
  emitter.on('news', () => { throw new Error('handler'); });
  const off = emitter.on('news', (detail) => heard.push(detail));
  emitter.emit('news', 1);
  off();
  emitter.emit('news', 2);
  assert.deepEqual(heard, [1]);
  assert.match(String(await thrown), /handler/);
});

test('ICE servers are asked for only when those there are about to end', async () => {
  const environment = new FakeEnvironment();
  const given = [{ ice_servers: [{ urls: 'turn:b' }], ttl_s: 600 }];
  const list = new IceServerList(environment, async () => given.shift() ?? Promise.reject(new Error('away')));
  list.set({ ice_servers: [{ urls: 'turn:a' }], ttl_s: 600 });
  await list.refresh();
  assert.equal(list.current[0].urls, 'turn:a');
  environment.sleep(560_000);
  await list.refresh();
  assert.equal(list.current[0].urls, 'turn:b');
  environment.sleep(5_000_000);
  await list.refresh();
  assert.equal(list.current[0].urls, 'turn:b', 'kept when there is no answer');
});

test('Firefox gets fewer URLs, and so do its connections', () => {
  const environment = Object.assign(new FakeEnvironment(), { firefox: true });
  const list = new IceServerList(environment, () => assert.fail('asked'));
  const changes = [];
  list.on('changed', (servers) => changes.push(servers));
  const turn = { urls: ['turn:192.0.2.2'], username: 'u', credential: 'c' };
  list.set({ ice_servers: [{ urls: ['stun:192.0.2.2'] }, turn], ttl_s: 600 });
  assert.deepEqual([list.current, changes], [[turn], [[turn]]]);
});

test('peers come, are renamed, get a fingerprint, and go', () => {
  const peers = new PeerList();
  const update = (source_fp, source_name, more = {}) =>
    peers.update({ source_fp, source_name, peer_update: { verified: true, online: true, name: source_name, ...more } });
  const names = () => peers.others().map(({ name }) => name);
  peers.set({ fp: 'ME', name: 'me', peers: [
    { fp: 'ME', name: 'me', verified: true, online: true }, { fp: null, name: 'bot', verified: true, online: false }] });
  assert.deepEqual(names(), ['bot']);
  assert.equal(update(null, 'bot').has_come, true);
  assert.equal(update('BOT', 'bot', { old_fp: null }).has_come, false);
  assert.deepEqual(names(), ['bot']);
  update('BOT', 'robot', { old_name: 'bot' });
  assert.equal(peers.find('robot')?.fp, 'BOT');
  assert.equal(peers.find('bot'), undefined);
  update('NEW', 'guest', { verified: false });
  update('ME', 'myself', { old_name: 'me' });
  assert.equal(peers.own_name, 'myself');
  assert.deepEqual(names(), ['guest', 'robot']);
  update('BOT', 'robot', { removed: true });
  assert.deepEqual(names(), ['guest']);
});

test('of two sides exactly one is polite', () => {
  const [a, b] = [new PeerList(), new PeerList()];
  for (const [left, right] of [[{ fp: 'AA', name: 'z' }, { fp: 'BB', name: 'a' }], [{ fp: 'AA', name: 'z' }, { fp: null, name: 'a' }]]) {
    a.set(left);
    b.set(right);
    assert.notEqual(a.is_polite_to(right), b.is_polite_to(left));
  }
});
