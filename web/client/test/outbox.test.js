// The outbox against a server that refuses, is slow, and is lost, as chance has it: nothing is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IceboxError } from '../errors.js';
import { Outbox } from '../outbox.js';

// https://en.wikipedia.org/wiki/Xorshift, so that a failure comes again.
function chance_of(seed) {
  let state = seed * 2654435761 % 4294967291 || 1;
  return (most) => {
    state ^= state << 13; state ^= state >>> 17; state ^= state << 5;
    return (state >>> 0) % most;
  };
}

// One session's memory of a server that takes ids that grow, and says of a message again what it said of it before.
class FakeServer {
  accepted = new Map();
  highest = 0;
  delivered = [];  // {target, id, text} in order

  constructor(chance, trouble) { Object.assign(this, { chance, trouble }); }

  forget_session() { [this.accepted, this.highest] = [new Map(), 0]; }

  answer_to({ id, target, data }) {
    if (this.accepted.has(id)) return { ack: id, status: this.accepted.get(id) };
    if (id <= this.highest) return { nack: id, code: 409 };
    if (this.trouble && this.chance(4) === 0)
      return { nack: id, code: this.chance(2) ? 429 : 507, ...(this.chance(2) && { retry_after_ms: this.chance(300) }) };
    this.highest = id;
    this.accepted.set(id, 'delivered');
    this.delivered.push({ target, id, text: data });
    return { ack: id, status: 'delivered' };
  }
}

async function run(seed, { trouble, resumed, fresh }) {
  const chance = chance_of(seed);
  let [id, now_ms, outcomes] = [0, 0, 0];
  const outbox = new Outbox(() => ++id);
  const server = new FakeServer(chance, trouble);
  let wire = [];  // answers on their way
  const send = (frames) => wire.push(...frames.map((frame) => server.answer_to(JSON.parse(frame))));
  const hear = ({ ack, status, nack, code, retry_after_ms }) => {
    const refusal = new IceboxError(code ?? 0, '');
    if (ack) outbox.acknowledge(ack, status);
    else if (code === 429) outbox.postpone(nack, refusal, now_ms, retry_after_ms);
    else if (code === 507) outbox.postpone_for_receiver(nack, refusal, now_ms, retry_after_ms);
    else outbox.renumber(nack, refusal);
  };
  const failed = [];
  for (let given = 0; given < 200 || outbox.size > 0; now_ms += chance(40)) {
    for (let i = chance(8); i > 0 && given < 200; --i)
      outbox.add({ message: { target: `peer ${chance(3)}`, data: `text ${given++}` }, now_ms }).then(() => ++outcomes, (error) => failed.push(error));
    if (chance(20) === 0 && (resumed || fresh)) {  // what was on its way is lost, numbered receipts come again
      const is_resumed = resumed && !(fresh && chance(2));
      if (is_resumed) wire.filter(({ ack }) => ack).forEach(hear);
      else server.forget_session();
      wire = [];
      send(outbox.frames_to_resend(is_resumed, now_ms));
    }
    send(outbox.take(now_ms));
    for (let i = chance(12); i > 0 && wire.length > 0; --i) hear(wire.shift());
    assert.ok(now_ms < 40_000, `seed ${seed}: ${outbox.size} are left`);
  }
  await null;
  assert.deepEqual([outcomes, failed], [200, []], `seed ${seed}`);
  return server.delivered;
}

const texts_of = (delivered) => delivered.map(({ text }) => text);
const kSeeds = Array.from({ length: 100 }, (_, i) => i + 1);

test('whatever is refused for a while arrives, once', async () => {
  for (const seed of kSeeds) {
    const texts = texts_of(await run(seed, { trouble: true }));
    assert.deepEqual([texts.length, new Set(texts).size], [200, 200], `seed ${seed}`);
  }
});

test('connections that are lost and resumed lose and double nothing, refused or not', async () => {
  for (const seed of kSeeds) {
    const texts = texts_of(await run(seed, { trouble: true, resumed: true }));
    assert.deepEqual([texts.length, new Set(texts).size], [200, 200], `seed ${seed}`);
  }
});

test('a server that forgets gets all again, in order and under the same ids: receivers tell what they have got', async () => {
  for (const seed of kSeeds) {
    const delivered = await run(seed, { resumed: true, fresh: true });
    const first_time = [...new Map(delivered.map((each) => [`${each.id} ${each.text}`, each])).values()];
    assert.deepEqual(texts_of(first_time), Array.from({ length: 200 }, (_, i) => `text ${i}`), `seed ${seed}`);
  }
});

test('nothing is lost when all of it comes together', async () => {
  for (const seed of kSeeds) {
    const texts = texts_of(await run(seed, { trouble: true, resumed: true, fresh: true }));
    assert.equal(new Set(texts).size, 200, `seed ${seed}`);
  }
});
