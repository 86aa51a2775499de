import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Delivery } from '../delivery.js';
import { FakeChannel } from './fake_rtc.js';
import { FakeEnvironment } from './fakes.js';

let environment, delivery, received, closed, data, receipts;

const fresh_connection = () => ({ createDataChannel: (_label, { id }) => new FakeChannel(id) });

// Opens channels whose other end is the test: what was sent, and receipts.
function open() {
  const made = [];
  delivery.open_on({ createDataChannel: (_label, { id }) => { made.push(new FakeChannel(id)); return made.at(-1); } });
  [data, receipts] = made.map((channel) => Object.assign(channel, { log: [] }));
  for (const channel of [data, receipts]) channel.open({ onmessage: ({ data }) => channel.log.push(data) });
}

beforeEach(() => {
  environment = new FakeEnvironment();
  [received, closed] = [[], 0];
  delivery = new Delivery(environment, { received: (data) => received.push(data), closed: () => { ++closed; } });
});

test('what waits goes out in order when the channel opens', () => {
  delivery.open_on(fresh_connection());
  for (const text of ['a', 'b']) delivery.send(text);
  assert.equal(delivery.buffered_bytes, 2);
  open();
  delivery.send('c');
  assert.deepEqual([data.log, delivery.buffered_bytes], [['a', 'b', 'c'], 0]);
});

test('the next channel begins with the first that had not come', () => {
  delivery.handle_count(0);
  open();
  for (const text of ['a', 'b', 'c', 'd']) delivery.send(text);
  receipts.onmessage({ data: '1' });
  delivery.open_on(fresh_connection());
  delivery.handle_count(2);
  delivery.handle_count(2);  // with the next description
  open();
  assert.deepEqual(data.log, ['c', 'd']);
  receipts.onmessage({ data: '4' });
  open();
  assert.deepEqual(data.log, []);
});

test('counts that cannot be are ignored', () => {
  delivery.handle_count(5);
  open();
  for (const text of ['a', 'b']) delivery.send(text);
  for (const count of ['3', '-1', 'x', '', '0.5']) receipts.onmessage({ data: count });
  open();
  assert.deepEqual(data.log, ['a', 'b']);
});

test('to a side that does not count nothing goes twice, and no receipt', () => {
  open();
  delivery.send('a');
  data.onmessage({ data: 'x' });
  environment.advance(1_000);
  assert.deepEqual(receipts.log, []);
  open();
  assert.deepEqual([data.log, received], [[], ['x']]);
});

test('receipts come together: soon, or after much', () => {
  delivery.handle_count(0);
  open();
  receipts.log.length = 0;
  for (const text of ['a', 'b', 'c']) data.onmessage({ data: text });
  environment.advance(200);
  assert.deepEqual(receipts.log, ['3']);
  data.onmessage({ data: new ArrayBuffer(300_000) });
  assert.deepEqual(receipts.log, ['3', '4']);
  environment.advance(1_000);
  assert.deepEqual([receipts.log.length, delivery.heard_before, environment.timer_count], [2, 0, 0]);
});

test('what comes over a channel that was given up is not heard: it comes again', () => {
  delivery.handle_count(0);
  open();
  const old = data;
  old.onmessage({ data: 'a' });
  open();
  assert.deepEqual([old.onmessage, old.onclose, delivery.heard_before], [null, null, 1]);
});

test('a message that the channel refuses is told of and not kept', () => {
  delivery.handle_count(0);
  open();
  data.is_full = true;
  assert.throws(() => delivery.send('a'), /full/);
  open();
  assert.deepEqual(data.log, []);
});

test('a channel that catches up is not filled to the brim', () => {
  delivery.handle_count(0);
  delivery.open_on(fresh_connection());
  for (let i = 0; i < 10; ++i) delivery.send(String(i));
  const made = new FakeChannel(100);
  let buffered = 0;
  Object.defineProperty(made, 'bufferedAmount', { get: () => buffered });
  made.send = (text) => { sent.push(text); buffered += 400_000; };
  const sent = [];
  delivery.open_on({ createDataChannel: (_label, { id }) => id === 100 ? made : new FakeChannel(id) });
  made.open(null);
  assert.equal(sent.length, 3);
  delivery.send('10');
  assert.equal(sent.length, 3, 'not before those that wait');
  while (sent.length < 11) {
    buffered = 0;
    made.onbufferedamountlow();
  }
  assert.deepEqual(sent, Array.from({ length: 11 }, (_, i) => String(i)));
});

test('a buffer may be written again after send()', () => {
  delivery.handle_count(0);
  delivery.open_on(fresh_connection());
  const bytes = new Uint8Array([1, 2, 3]);
  delivery.send(bytes.buffer);
  delivery.send(/** @type {any} */ (bytes.subarray(1)));
  bytes.fill(0);
  open();
  assert.deepEqual(data.log.map((each) => [...new Uint8Array(each)]), [[1, 2, 3], [2, 3]]);
});

test("the channel's own send() counts as well", () => {
  delivery.handle_count(0);
  open();
  data.send('a');
  open();
  assert.deepEqual(data.log, ['a']);
});

test('the end of the channel in use is told, not that of one before', () => {
  open();
  data.end();
  const old = data;
  open();
  old.onclose?.();
  delivery.close();
  data.onclose?.();
  assert.equal(closed, 1);
});
