import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { IceboxError } from '../errors.js';
import { Negotiation } from '../negotiation.js';
import { FakeConnection } from './fake_connection.js';
import { settle } from './fakes.js';

const offer = (version, setup = 'actpass', more = '') =>
  ({ type: 'offer', sdp: `o=- 5 ${version}\r\na=ice-ufrag:r\r\na=setup:${setup}\r\n${more}` });
const answer = (setup) => ({ type: 'answer', sdp: `o=- 5 1\r\na=ice-ufrag:r\r\na=setup:${setup}\r\n` });

let connection, sent, failures, delivery, settled;

beforeEach(() => {
  connection = new FakeConnection();
  [sent, failures, delivery, settled] = [[], [], Promise.resolve(), 0];
});

function negotiate(polite) {
  return new Negotiation(connection, {
    polite, settled: () => { ++settled; }, failed: (error) => failures.push(error),
    send: (kind, body) => { sent.push([kind, body]); return delivery; },
  });
}

const setup_of = ([, { sdp }]) => /a=setup:(\w+)/.exec(sdp)[1];

test('an offer is answered, an answer taken', async () => {
  const negotiation = negotiate(false);
  negotiation.offer();
  await settle();
  negotiation.receive('answer', answer('active'));
  negotiation.receive('offer', offer(2));
  await settle();
  assert.deepEqual(sent.map(([kind]) => kind), ['offer', 'answer']);
  assert.deepEqual([connection.signalingState, failures, settled], ['stable', [], 2]);
});

test('later offers keep the DTLS roles, whichever side they came from', async () => {
  const server = negotiate(false);
  server.offer();
  await settle();
  server.receive('answer', answer('active'));
  server.offer();
  await settle();
  assert.deepEqual(sent.map(setup_of), ['actpass', 'passive']);

  connection = new FakeConnection();
  sent = [];
  const client = negotiate(false);
  client.receive('offer', offer(1));
  client.offer();
  await settle();
  assert.deepEqual(sent.map(setup_of), ['active', 'active']);
});

test('both offer at once: the polite side gives way, the other repeats its offer', async () => {
  const polite = negotiate(true);
  polite.offer();
  polite.receive('offer', offer(1));
  await settle();
  assert.deepEqual(sent.map(([kind]) => kind), ['offer', 'answer']);

  connection = new FakeConnection();
  sent = [];
  const impolite = negotiate(false);
  impolite.offer();
  await settle();
  impolite.receive('offer', offer(1));
  await settle();
  assert.deepEqual(sent.map(([kind]) => kind), ['offer', 'offer']);
  assert.equal(connection.offers_applied, 0);
  impolite.receive('answer', answer('active'));
  impolite.receive('answer', answer('active'));  // to the repeated one
  await settle();
  assert.deepEqual([connection.signalingState, failures], ['stable', []]);
});

test('an offer that comes twice, with more candidates in it, is answered twice and taken once', async () => {
  const negotiation = negotiate(true);
  negotiation.receive('offer', offer(1));
  negotiation.receive('offer', offer(1, 'actpass', 'a=candidate:1\r\n'));
  negotiation.receive('offer', offer(2));
  await settle();
  assert.deepEqual(sent.map(([kind]) => kind), ['answer', 'answer', 'answer']);
  assert.equal(connection.offers_applied, 2);
});

test('candidates wait for a description; one that does not fit fails nothing', async () => {
  const negotiation = negotiate(true);
  negotiation.receive('candidate', { candidate: 'early' });
  negotiation.receive('candidate', { candidate: 'bad' });
  negotiation.receive('offer', offer(1));
  negotiation.receive('candidate', { candidate: 'bad' });
  negotiation.receive('candidate', { candidate: 'late' });
  await settle();
  assert.deepEqual(connection.candidates, ['early', 'late']);
  assert.deepEqual(failures, []);
});

test('an offer that was not delivered is taken back, so that another can be made', async () => {
  const negotiation = negotiate(false);
  delivery = Promise.reject(new IceboxError(410, 'not delivered'));
  negotiation.offer();
  await settle();
  assert.deepEqual([connection.signalingState, failures.map(({ code }) => code)], ['stable', [410]]);
});

test('an offer is repeated only when it has arrived and has no answer', async () => {
  const negotiation = negotiate(false);
  let arrive;
  delivery = new Promise((resolve) => { arrive = resolve; });
  negotiation.offer();
  await settle();
  negotiation.repeat_offer();
  assert.equal(sent.length, 1);
  arrive();
  await settle();
  negotiation.repeat_offer();
  assert.equal(sent.length, 2);
  negotiation.receive('answer', answer('active'));
  await settle();
  negotiation.repeat_offer();
  assert.equal(sent.length, 2);
});

test('no offer is made upon an offer', async () => {
  const negotiation = negotiate(false);
  negotiation.offer();
  negotiation.offer();
  await settle();
  assert.equal(sent.length, 1);
});

test('what a closed connection still hears is no failure', async () => {
  const negotiation = negotiate(true);
  connection.setRemoteDescription = async () => { connection.signalingState = 'closed'; throw new Error('closed'); };
  negotiation.receive('offer', offer(1));
  await settle();
  assert.deepEqual(failures, []);
});
