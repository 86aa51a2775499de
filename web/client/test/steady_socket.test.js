import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { IceboxError } from '../errors.js';
import { SteadySocket } from '../steady_socket.js';
import { FakeEnvironment, settle } from './fakes.js';

let environment, steady, heard, asked, refusal, obstacle;

beforeEach(() => {
  environment = new FakeEnvironment();
  [heard, asked, refusal, obstacle] = [[], 0, null, null];
  steady = new SteadySocket({
    environment, address: () => ({ url: 'ws://server/ws', protocols: ['p'] }),
    refusal: async () => refusal, obstacle: async () => obstacle, ask: () => { ++asked; },
  });
  for (const name of ['opening', 'opened', 'text', 'closed', 'error'])
    steady.on(name, (detail) => heard.push(detail === null ? name : { [name]: detail }));
});

function open() {
  environment.socket.open();
  environment.socket.say('hello');
}

test('opens once, hands on texts, and is open only when the server has spoken', () => {
  steady.start();
  steady.start();
  assert.equal(environment.sockets.length, 1);
  environment.socket.open();
  assert.equal(steady.send('early'), false);
  environment.socket.say('hello');
  assert.equal(steady.send('"now"'), true);
  assert.deepEqual(heard, ['opening', 'opened', { text: 'hello' }]);
});

test('opens again after a wait that doubles, and that starts over only after a connection that lasted', () => {
  steady.start();
  for (const wait of [500, 1000, 2000, 4000]) {
    environment.socket.end();
    assert.deepEqual(heard.at(-1), { closed: { code: 1006, final: false, retry_ms: wait } });
    environment.advance(wait - 1);
    const before = environment.sockets.length;
    environment.advance(1);
    assert.equal(environment.sockets.length, before + 1);
  }
  open();
  environment.advance(4_000);
  environment.socket.end();
  assert.equal(heard.at(-1).closed.retry_ms, 8000, 'too short to count');
  environment.advance(8000);
  open();
  environment.advance(6_000);
  environment.socket.end(1012);
  assert.equal(heard.at(-1).closed.retry_ms, 500);
});

test('a server that accepts and says nothing is given up after 15 s', () => {
  steady.start();
  environment.socket.open();
  const silent = environment.socket;
  environment.advance(15_000);
  assert.equal(silent.was_closed, true);
  environment.advance(500);
  assert.equal(environment.sockets.length, 2);
});

test('what a dropped socket still says is not heard', () => {
  steady.start();
  open();
  const old = environment.socket;
  const said = old.onmessage, ended = old.onclose;
  steady.check();
  environment.advance(4_000);
  const before = heard.length;
  said({ data: 'late' });
  ended({ code: 1006, reason: '' });
  assert.equal(heard.length, before);
});

test('after a sleep: asks, and stays when there is an answer', () => {
  steady.start();
  open();
  environment.sleep(3_600_000);
  steady.check();
  steady.check();
  assert.equal(asked, 1, 'one question at a time');
  environment.socket.say('answer');
  environment.advance(60_000);
  assert.equal(environment.sockets.length, 1);
});

test('after a sleep: asks, and opens another connection without an answer', () => {
  steady.start();
  open();
  environment.sleep(3_600_000);
  steady.check();
  environment.advance(4_000);
  assert.equal(environment.sockets[0].was_closed, true);
  environment.advance(500);
  assert.equal(environment.sockets.length, 2);
  open();
  assert.equal(steady.send('1'), true);
});

test('a check during the pause tries at once, and no second time when the pause would have ended', () => {
  steady.start();
  environment.socket.end();
  environment.advance(500);
  environment.socket.end();
  steady.check();
  assert.equal(environment.sockets.length, 3);
  environment.advance(10_000);
  assert.equal(environment.sockets.length, 3);
});

test('a check while a try hangs longer than it may begins another', () => {
  steady.start();
  environment.sleep(600_000);
  steady.check();
  assert.equal(environment.sockets[0].was_closed, true);
  steady.check();
  assert.equal(environment.sockets.length, 2);
});

test('taken over or removed: stops, says why, and may be started again', () => {
  for (const [code, meaning] of [[4001, 409], [4002, 401]]) {
    steady.start();
    open();
    environment.socket.end(code, 'why');
    assert.equal(heard.at(-1).error.code, meaning);
    assert.deepEqual(heard.at(-2), { closed: { code, final: true, retry_ms: 0 } });
    const before = environment.sockets.length;
    environment.advance(600_000);
    assert.equal(environment.sockets.length, before);
    assert.equal(steady.is_stopped, true);
  }
});

test('taken over by a try of its own that was given up: comes back, once for each', () => {
  steady.start();
  environment.advance(15_500);
  environment.advance(15_000);
  assert.equal(environment.sockets.length, 2);
  environment.advance(1_000);
  for (const retry_ms of [2000, 4000]) {
    open();
    environment.socket.end(4001, 'replaced by a newer connection');
    assert.deepEqual(heard.at(-1), { closed: { code: 4001, final: false, retry_ms } });
    environment.advance(retry_ms);
  }
  open();
  environment.socket.end(4001, 'replaced by a newer connection');
  assert.equal(steady.is_stopped, true);
});

test('a try that the server ended takes nothing over, nor does one given up long ago', () => {
  steady.start();
  environment.socket.end();
  environment.advance(500);
  open();
  environment.socket.end(4001, 'replaced by a newer connection');
  assert.equal(steady.is_stopped, true);
  steady.start();
  environment.advance(15_000);
  steady.retry();
  open();
  environment.advance(100_000);
  environment.socket.say('news');
  environment.advance(50_000);
  environment.socket.end(4001, 'replaced by a newer connection');
  assert.equal(steady.is_stopped, true);
});

test('a policy close is not answered by hammering', () => {
  steady.start();
  open();
  environment.socket.end(1008, 'too many errors');
  assert.match(heard.at(-1).error.message, /too many errors/);
  assert.equal(heard.at(-2).closed.retry_ms, 10_000);
});

test('a token that the server refuses ends the tries; a server that is away does not', async () => {
  steady.start();
  environment.socket.end();
  await settle();
  assert.equal(steady.is_stopped, false);
  refusal = new IceboxError(401, 'no such token');
  for (let i = 0; i < 4; ++i) {
    environment.advance(30_000);
    environment.socket.end();
    await settle();
  }
  assert.equal(steady.is_stopped, true);
  assert.equal(heard.at(-1).error.message, 'no such token');
  assert.equal(environment.timer_count, 0);
});

test('what keeps it from ever opening is told once, after the second try, and the tries go on', async () => {
  obstacle = new IceboxError(403, 'another site');
  const errors = () => heard.filter(({ error }) => error).length;
  steady.start();
  for (const told of [0, 1, 1, 1]) {
    environment.socket.end();
    await settle();
    assert.equal(errors(), told);
    environment.advance(30_000);
  }
  open();
  for (let i = 0; i < 3; ++i, environment.advance(30_000)) environment.socket.end();
  await settle();
  assert.equal(errors(), 1, 'who was connected hears of "offline" only');
});

test('stop leaves no timer and says nothing more', () => {
  steady.start();
  open();
  steady.check();
  steady.stop();
  assert.equal(environment.socket.was_closed, true);
  assert.equal(environment.timer_count, 0);
  steady.start();
  environment.socket.end();
  steady.stop();
  assert.equal(environment.timer_count, 0);
});

test('two minutes of silence make it ask, and four seconds more open another connection', () => {
  steady.start();
  open();
  environment.advance(100_000);
  environment.socket.say('news');
  environment.advance(119_000);
  assert.equal(asked, 0);
  environment.advance(1_000);
  assert.equal(asked, 1);
  environment.socket.say('answer');
  environment.advance(120_000);
  assert.equal(asked, 2);
  environment.advance(4_500);
  assert.equal(environment.sockets.length, 2);
});

test('a close watch finds silence suspect sooner, and ends', () => {
  steady.watch(true);
  steady.start();
  open();
  environment.advance(11_000);
  assert.equal(asked, 0);
  environment.advance(1_000);
  assert.equal(asked, 1);
  environment.socket.say('answer');
  steady.watch(false);
  environment.advance(119_000);
  assert.equal(asked, 1);
  steady.watch(true);
  assert.equal(asked, 2);
  environment.advance(4_500);
  assert.equal(environment.sockets.length, 2);
});

test('a try that is worth while now is made now, and an open connection left alone', () => {
  steady.start();
  environment.socket.end();
  steady.retry();
  assert.equal(environment.sockets.length, 2);
  open();
  steady.retry();
  assert.deepEqual([environment.sockets.length, asked], [2, 0]);
});

test('timers that come once a minute delay the next try, no more', () => {
  steady.start();
  open();
  environment.socket.end();
  environment.advance_throttled(1);
  assert.equal(environment.sockets.length, 2);
  open();
  for (let minute = 0; minute < 60; ++minute) {
    environment.advance_throttled(1);
    environment.socket.say('answer');
  }
  assert.equal(environment.sockets.length, 2, 'an idle connection is kept');
});
