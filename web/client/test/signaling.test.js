import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Server } from '../http.js';
import { Signaling } from '../signaling.js';
import { FakeEnvironment, FakeStore, settle } from './fakes.js';

const kSelf = 'AA'.repeat(32), kOther = 'BB'.repeat(32);
let environment, signaling, heard;

beforeEach(() => {
  environment = new FakeEnvironment();
  heard = [];
  signaling = new Signaling({
    server: new Server('https://turn.example.org/', environment), token: 'ibx_secret', fp: kSelf,
    store: new FakeStore(), storage: 'icebox', environment,
  });
  for (const name of ['welcome', 'relayed', 'peer_update', 'ice_servers', 'warning', 'state', 'error'])
    signaling.on(name, (detail) => heard.push([name, detail]));
});

const details = (name) => heard.filter(([heard_name]) => heard_name === name).map(([, detail]) => detail);
const states = () => details('state').map(({ state }) => state);
const server = () => environment.socket;
// What was sent to peers since the last call.
const messages = () => server().take().filter(({ target }) => target);

function welcome(more = {}) {
  server().say({ uid: 1, user: 'u', name: 'me', fp: kSelf, peers: [], session: 's1', resumed: false, ...more });
}

function go_online() {
  signaling.start();
  server().open();
  welcome();
}

// The connection breaks, and the next one is open.
function come_back() {
  server().end();
  environment.advance(60_000 / 4);
  server().open();
}

function relay(n, data, more = {}) {
  server().say({ n, source_fp: kOther, source_name: 'bob', seq: n, data, ...more });
}

test('the token goes in a subprotocol, never in the address', () => {
  signaling.start();
  assert.equal(server().url.origin, 'wss://turn.example.org');
  assert.equal(server().url.pathname, '/ws');
  assert.deepEqual(Object.fromEntries(server().url.searchParams), { confirm: '1', fp: kSelf });
  assert.deepEqual(server().protocols, ['icebox.v1', 'icebox.token.ibx_secret']);
});

test('welcome brings it online, with ICE servers', () => {
  signaling.start();
  server().open();
  assert.deepEqual(states(), ['connecting']);
  welcome({ ice_servers: [{ urls: 'stun:x' }], ice_servers_ttl: 600 });
  assert.deepEqual(states(), ['connecting', 'online']);
  assert.deepEqual(details('ice_servers'), [{ ice_servers: [{ urls: 'stun:x' }], ttl_s: 600 }]);
  server().say({ n: 1, ice_servers: [{ urls: 'stun:y' }], ttl: 60 });
  assert.equal(details('ice_servers')[1].ttl_s, 60);
});

test('a warning is passed on, whole', () => {
  signaling.start();
  server().open();
  welcome();
  const warning = { warning: 'one_time_passwords_guessed', name: 'pest', failures: 3, removed: false, text: 'somebody guesses' };
  server().say(warning);
  assert.deepEqual(details('warning'), [warning]);
});

test('a receipt settles its message: delivered, refused, queued first', async () => {
  go_online();
  let queued = 0;
  const delivered = signaling.send('bob', 'data', { x: 1 }, () => ++queued);
  const refused = signaling.send('nobody', 'data', undefined);
  const [first, second] = server().take();
  assert.deepEqual(first, { target: 'bob', data: { x: 1 }, id: first.id });
  assert.deepEqual(second, { target: 'nobody', data: null, id: second.id });
  assert.ok(second.id > first.id);
  server().say({ n: 1, ack: first.id, status: 'queued' });
  assert.equal(queued, 1);
  server().say({ n: 2, nack: second.id, code: 404, text: 'no such peer' });
  server().say({ n: 3, ack: first.id, status: 'delivered' });
  await delivered;
  await assert.rejects(refused, { code: 404, message: 'no such peer' });
});

test('an error with an id is the answer to that message; another is told', async () => {
  go_online();
  const sent = signaling.send('bob', 'data', 1);
  server().say({ code: 404, text: 'no such peer', id: server().take()[0].id });
  await assert.rejects(sent, { code: 404 });
  server().say({ code: 403, text: 'no' });
  assert.equal(details('error')[0].code, 403);
});

test('resumes with what it has seen, and sends again only what has no receipt', async () => {
  go_online();
  const receipts = ['a', 'b', 'c'].map((text) => signaling.send('bob', 'data', text));
  const [a, b, c] = server().take();
  server().say({ n: 1, ack: a.id, status: 'delivered' });
  server().say({ n: 2, ack: b.id, status: 'queued' });
  come_back();
  assert.equal(server().url.searchParams.get('session'), 's1');
  assert.equal(server().url.searchParams.get('last_seq'), '2');
  assert.deepEqual(server().take(), [], 'nothing before the welcome');
  welcome({ resumed: true });
  assert.deepEqual(server().take(), [c]);
  server().say({ n: 3, ack: b.id, status: 'delivered' });
  server().say({ n: 4, ack: c.id, status: 'delivered' });
  await Promise.all(receipts);
});

test('to a server that forgot the session it sends all again, in order, with the same ids', () => {
  go_online();
  signaling.send('bob', 'data', 'a');
  signaling.send('bob', 'data', 'b');
  const before = server().take();
  server().say({ n: 1, ack: before[0].id, status: 'queued' });
  come_back();
  welcome({ session: 's2' });
  assert.deepEqual(server().take(), before);
});

test('what is sent while away goes out at the next welcome', () => {
  go_online();
  server().end();
  signaling.send('bob', 'data', 'later');
  environment.advance(15_000);
  server().open();
  welcome({ resumed: true });
  assert.equal(server().take()[0].data, 'later');
});

test('repeated frames are dropped, lost ones are told', () => {
  go_online();
  relay(1, 'x');
  come_back();
  welcome({ resumed: true });
  relay(1, 'x');
  relay(2, 'y');
  assert.deepEqual(details('relayed').map(({ body }) => body), ['x', 'y']);
  relay(5, 'z');
  assert.match(details('error')[0].message, /2 messages/);
  assert.equal(details('relayed').length, 3);
});

test('a fresh session counts from 1 again', () => {
  go_online();
  relay(1, 'x');
  relay(2, 'y');
  come_back();
  welcome({ session: 's2' });
  relay(1, 'z');
  assert.deepEqual(details('relayed').map(({ body }) => body), ['x', 'y', 'z']);
});

test('what a sender sends again after a restart of the server arrives once', () => {
  go_online();
  relay(1, 'x', { id: 17 });
  come_back();
  welcome({ session: 's2' });
  relay(1, 'x', { id: 17 });
  relay(2, 'y', { id: 18 });
  assert.deepEqual(details('relayed').map(({ body }) => body), ['x', 'y']);
});

test('confirms several frames at once, and again after nothing but the welcome', () => {
  go_online();
  for (let n = 1; n <= 20; ++n) relay(n, n);
  assert.deepEqual(server().take(), []);
  environment.advance(50);
  assert.deepEqual(server().take(), [{ seen: 20 }]);
  environment.advance(1000);
  assert.deepEqual(server().take(), []);
});

test('in a hidden tab confirmations do not wait for a timer', async () => {
  go_online();
  environment.hidden = true;
  relay(1, 'x');
  relay(2, 'y');
  await settle();
  assert.deepEqual(server().take(), [{ seen: 2 }]);
});

test('a confirmation that could not be sent is made after coming back', () => {
  go_online();
  relay(1, 'x');
  come_back();
  environment.advance(50);
  assert.deepEqual(server().take(), []);
  welcome({ resumed: true });
  relay(2, 'y');
  environment.advance(50);
  assert.deepEqual(server().take(), [{ seen: 2 }]);
});

test('an unverified peer waits, cannot send, and is online once it is verified', async () => {
  signaling.start();
  server().open();
  server().say({ code: 401, text: 'wait until somebody verifies this device' });
  assert.deepEqual(states(), ['connecting', 'waiting']);
  await assert.rejects(signaling.send('bob', 'data', 1), { code: 401 });
  assert.deepEqual(server().take(), []);
  welcome();
  assert.deepEqual(states(), ['connecting', 'waiting', 'online']);
});

test('the hub is reached when it has answered, over the next connection if this one is dead', async () => {
  go_online();
  let reached = false;
  signaling.reach().then(() => { reached = true; });
  environment.advance(4_000);
  environment.advance(15_000);
  server().open();
  welcome({ session: 's2' });
  const [ping] = server().take();
  assert.equal(ping.target, kSelf);
  await settle();
  assert.equal(reached, false);
  server().say({ n: 1, ack: ping.id, status: 'delivered' });
  await settle();
  assert.equal(reached, true);
});

test('a check asks the hub by a message to itself, which is never sent again nor heard', () => {
  go_online();
  signaling.check();
  const [ping] = server().take();
  assert.equal(ping.target, kSelf);
  server().say({ n: 1, source_fp: kSelf, source_name: 'me', seq: 1, data: ping.data, id: ping.id });
  server().say({ n: 2, ack: ping.id, status: 'delivered' });
  assert.deepEqual(details('relayed'), []);
  come_back();
  welcome({ resumed: true });
  assert.deepEqual(server().take().filter(({ target }) => target), []);
});

test('a message without any receipt ends after 45 s, also when it slept meanwhile', async () => {
  go_online();
  const first = signaling.send('bob', 'data', 1);
  environment.advance(50_000);
  await assert.rejects(first, { code: 408 });
  const second = signaling.send('bob', 'data', 2);
  server().take();
  environment.sleep(3_600_000);
  signaling.check();
  await assert.rejects(second, { code: 408 });
  come_back();
  welcome({ session: 's2' });
  assert.deepEqual(server().take(), [], 'nothing stale is sent');
});

test('silence upon a message makes it look whether the hub is there', () => {
  go_online();
  signaling.send('bob', 'data', 1);
  environment.advance(4_000);
  assert.deepEqual(server().take().map(({ target }) => target), ['bob']);
  environment.advance(1_000);
  assert.equal(server().take()[0].target, kSelf);
  environment.advance(4_000);
  assert.equal(server().was_closed, true);
});

test('a message that is too large is refused here, and one too large for the server not sent for ever', async () => {
  go_online();
  await assert.rejects(signaling.send('bob', 'data', 'x'.repeat(70_000)), { code: 413 });
  const [large, small] = [signaling.send('bob', 'data', 'x'.repeat(5_000)), signaling.send('bob', 'data', 'y')];
  server().take();
  server().end(1009);
  await assert.rejects(large, { code: 413 });
  environment.advance(15_000);
  server().open();
  welcome({ resumed: true });
  const [again, ...more] = server().take();
  assert.deepEqual([again.data, more], ['y', []]);
  server().say({ n: 1, ack: again.id, status: 'delivered' });
  await small;
});

test('the server says that something was too large, not what: it is the largest', async () => {
  go_online();
  const large = signaling.send('bob', 'data', 'x'.repeat(5_000));
  signaling.send('bob', 'data', 'y');
  server().say({ code: 413, text: 'larger than signaling.max_message' });
  await assert.rejects(large, { code: 413 });
});

test('no more than 4096 messages wait, and 32 are on their way', async () => {
  go_online();
  const sent = Array.from({ length: 4097 }, (_, i) => signaling.send('bob', 'data', i));
  await assert.rejects(sent.pop(), { code: 429 });
  const seen = [];
  for (let frames = server().take(); frames.length > 0; frames = server().take()) {
    assert.ok(frames.length <= 32);
    for (const { id, data } of frames) {
      seen.push(data);
      server().say({ n: seen.length, ack: id, status: data % 2 ? 'queued' : 'delivered' });
    }
    server().take().forEach(({ id, data }) => { seen.push(data); server().say({ n: seen.length, ack: id, status: 'delivered' }); });
  }
  assert.deepEqual(seen, Array.from({ length: 4096 }, (_, i) => i));
});

test('what came too fast is sent again when the server says, in order, before what came later', async () => {
  go_online();
  const receipts = ['a', 'b', 'c', 'd'].map((text) => signaling.send('bob', 'data', text));
  const frames = server().take();
  server().say({ n: 1, ack: frames[0].id, status: 'delivered' });
  server().say({ nack: frames[1].id, code: 429, text: 'too fast', retry_after_ms: 700 });
  server().say({ nack: frames[2].id, code: 429, text: 'too fast', retry_after_ms: 720 });
  server().say({ n: 2, ack: frames[3].id, status: 'delivered' });
  receipts.push(signaling.send('bob', 'data', 'e'));
  environment.advance(719);
  assert.deepEqual(messages(), []);
  environment.advance(1);
  const again = messages();
  assert.deepEqual(again.map(({ data }) => data), ['b', 'c', 'e']);
  assert.ok(again[0].id > frames[3].id, 'the server takes ids that grow');
  for (const [i, { id }] of again.entries()) server().say({ n: 3 + i, ack: id, status: 'delivered' });
  await Promise.all(receipts);
  assert.deepEqual(details('error'), []);
});

test('without a word when, it waits longer and longer, and keeps ids that can be kept', async () => {
  go_online();
  const receipts = ['a', 'b'].map((text) => signaling.send('bob', 'candidate', text));
  let frames = server().take();
  const ids = frames.map(({ id }) => id);
  for (const pause_ms of [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
    for (const { id } of frames) server().say({ code: 429, text: 'too fast', id });
    environment.advance(pause_ms - 1);
    assert.deepEqual(messages(), []);
    environment.advance(1);
    frames = messages();
    assert.deepEqual(frames.map(({ candidate }) => candidate), ['a', 'b']);
    assert.deepEqual(frames.map(({ id }) => id), ids);
  }
  for (const [i, { id }] of frames.entries()) server().say({ n: 1 + i, ack: id, status: 'delivered' });
  await Promise.all(receipts);
  signaling.send('bob', 'data', 'c').catch(() => {});
  server().say({ code: 429, text: 'too fast', id: messages()[0].id });
  environment.advance(250);
  assert.equal(messages()[0].data, 'c', 'after success the waits begin anew');
});

test('a receiver for whom too much waits is given time; others are not kept waiting', async () => {
  go_online();
  const receipts = ['a', 'b'].map((text) => signaling.send('slow', 'candidate', text));
  const [first, second] = messages();
  server().say({ nack: first.id, code: 507, text: 'too many messages wait for this peer' });
  server().say({ n: 1, ack: second.id, status: 'queued' });
  receipts.push(signaling.send('bob', 'data', 'x'), signaling.send('slow', 'candidate', 'c'));
  assert.deepEqual(messages().map(({ target }) => target), ['bob']);
  environment.advance(250);
  const again = messages();
  assert.deepEqual(again.map(({ candidate }) => candidate), ['a', 'c']);
  for (const { id } of again) server().say({ nack: id, code: 507, text: 'still' });
  environment.advance(249);
  assert.deepEqual(messages(), []);
  environment.advance(1);
  const last = messages();
  assert.deepEqual(last.map(({ candidate }) => candidate), ['a', 'c']);
  server().say({ nack: last[0].id, code: 507, text: 'for ever', retry_after_ms: 100_000 });
  environment.advance(50_000);
  await Promise.all(receipts.map((receipt) => assert.rejects(receipt)));
  await assert.rejects(receipts[0], { code: 507, message: 'for ever' });
});

test('a pause ends with the connection; what waits goes out at the next welcome', () => {
  go_online();
  signaling.send('bob', 'data', 'a');
  server().say({ code: 429, text: 'too fast', id: server().take()[0].id, retry_after_ms: 30_000 });
  signaling.send('bob', 'data', 'b');
  come_back();
  welcome({ session: 's2' });
  assert.deepEqual(server().take().map(({ data }) => data), ['a', 'b']);
});

test('an id that does not grow is replaced, once', async () => {
  go_online();
  const receipt = signaling.send('bob', 'data', 'a');
  const [first] = server().take();
  server().say({ nack: first.id, code: 409, text: 'ids must grow' });
  const [again] = server().take();
  assert.equal(again.data, 'a');
  assert.ok(again.id > first.id);
  server().say({ nack: again.id, code: 409, text: 'ids must grow' });
  assert.deepEqual(server().take(), []);
  await assert.rejects(receipt, { code: 409 });
});

test('what is given up after 45 s has not been lost in silence', async () => {
  go_online();
  const receipt = signaling.send('bob', 'data', 'a');
  server().say({ code: 429, text: 'too fast', id: server().take()[0].id, retry_after_ms: 100_000 });
  environment.advance(50_000);
  await assert.rejects(receipt, { code: 429, message: 'too fast' });
});

test('the welcome says how large a message may be, and the error how large this one is', async () => {
  signaling.start();
  const early = signaling.send('bob', 'data', 'x'.repeat(50_000));
  server().open();
  welcome({ max_message: 40_000 });
  await assert.rejects(early, { code: 413, message: /^a message of 500\d\d bytes; the server allows 40000/ });
  await assert.rejects(signaling.send('bob', 'data', 'ö'.repeat(20_000)), { code: 413, message: /400\d\d bytes/ });
  come_back();
  welcome({ session: 's2', max_message: 1_000_000 });
  signaling.send('bob', 'data', 'x'.repeat(900_000));
  assert.equal(server().take()[0].data.length, 900_000);
});

test('taken over: what waits is refused, and nothing can be sent', async () => {
  go_online();
  const waiting = signaling.send('bob', 'data', 1);
  server().end(4001, 'replaced by a newer connection');
  await assert.rejects(waiting, { code: 503 });
  await assert.rejects(signaling.send('bob', 'data', 2), { code: 503 });
  assert.deepEqual(details('state').at(-1), { state: 'offline', final: true });
  environment.advance(600_000);
  assert.equal(environment.sockets.length, 1);
  assert.equal(environment.timer_count, 0);
});

test('nonsense from the server is ignored', () => {
  go_online();
  const before = heard.length;
  for (const text of ['', '{', 'null', '7', '[]', '{}', '{"n":"x"}', '{"unknown":1}', '{"source_fp":"B","video":1}'])
    server().say(text);
  assert.equal(heard.length, before);
});

test('leaving confirms what was seen; starting again resumes', () => {
  go_online();
  relay(1, 'x');
  const left = server();
  signaling.stop();
  assert.deepEqual(left.take(), [{ seen: 1 }]);
  assert.equal(left.was_closed, true);
  signaling.start();
  assert.equal(server().url.searchParams.get('last_seq'), '1');
});

test('a token that is not known any more ends the tries with the words of the server', async () => {
  environment.answers = [{ status: 401, json: { detail: 'the token is not known' } }];
  signaling.start();
  server().end();
  await settle();
  await settle();
  assert.equal(environment.fetched[0].headers.authorization, 'Bearer ibx_secret');
  assert.equal(details('error')[0].message, 'the token is not known');
  assert.deepEqual(details('state').at(-1), { state: 'offline', final: true });
});
