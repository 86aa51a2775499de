import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Recovery, is_beyond_recovery } from '../recovery.js';
import { FakeEnvironment } from './fakes.js';

let environment, recovery, restarts, lost;

const recover = (polite) =>
  new Recovery(environment, { polite, restart: () => restarts.push(environment.now), lost: () => { ++lost; } });

beforeEach(() => {
  environment = new FakeEnvironment();
  restarts = [];
  lost = 0;
  recovery = recover(false);
  recovery.handle_state('connecting');
  recovery.handle_state('connected');
});

test('a short gap is left to the browser', () => {
  recovery.handle_state('disconnected');
  environment.advance(2_900);
  recovery.handle_state('connected');
  environment.advance(60_000);
  assert.deepEqual(restarts, []);
});

test('a longer one restarts ICE, then every five seconds, for a minute', () => {
  const began = environment.now;
  recovery.handle_state('disconnected');
  environment.advance(8_000);
  assert.deepEqual(restarts.map((at) => at - began), [3_000, 8_000]);
  recovery.handle_state('failed');
  environment.advance(120_000);
  assert.equal(lost, 1);
  assert.ok(restarts.length <= 12, `${restarts.length} restarts`);
  assert.equal(environment.timer_count, 0);
});

test('failed restarts at once', () => {
  recovery.handle_state('failed');
  environment.advance(0);
  assert.equal(restarts.length, 1);
});

test('of the two sides the polite one begins later', () => {
  const began = environment.now;
  const polite = recover(true);
  for (const state of ['connecting', 'connected', 'disconnected']) polite.handle_state(state);
  environment.advance(6_000);
  assert.deepEqual(restarts.map((at) => at - began), [5_500]);
});

test('another network restarts a connection that seems well, once', () => {
  recovery.handle_network_change();
  recovery.handle_network_change();
  assert.equal(restarts.length, 1);
});

test('ICE that has just begun anew, whoever asked for it, gets its time', () => {
  recovery.handle_state('disconnected');
  environment.advance(2_900);
  recovery.handle_negotiated();
  environment.advance(4_900);
  recovery.handle_state('failed');
  assert.deepEqual(restarts, []);
  environment.advance(100);
  assert.equal(restarts.length, 1);
});

test('another network before the first connection changes nothing: its offer is on the way', () => {
  const fresh = new Recovery(environment, { restart: () => assert.fail('restarted'), lost: () => {} });
  fresh.handle_state('connecting');
  fresh.handle_network_change();
});

test('a chance is taken at once, and after a long sleep there is a whole minute for it', () => {
  recovery.handle_state('disconnected');
  environment.sleep(3_600_000);
  recovery.handle_chance();
  assert.deepEqual([restarts.length, lost], [1, 0]);
  environment.advance(30_000);
  recovery.handle_state('connected');
  assert.equal(lost, 0);
  recovery.handle_chance();
  assert.equal(environment.timer_count, 0);
});

test('timers that come once a minute still end a lost call', () => {
  recovery.handle_state('disconnected');
  environment.advance_throttled(2);
  assert.equal(lost, 1);
});

test('DTLS that failed is told from ICE that failed', () => {
  const judge = (connectionState, iceConnectionState, dtls = 'connected') => is_beyond_recovery({
    connectionState, iceConnectionState, sctp: null, getSenders: () => [{ transport: null }, { transport: { state: dtls } }] });
  assert.deepEqual([judge('failed', 'connected'), judge('failed', 'completed'), judge('failed', 'disconnected', 'failed')],
                   [true, true, true]);
  assert.deepEqual([judge('failed', 'failed'), judge('failed', 'disconnected'), judge('connected', 'connected')],
                   [false, false, false]);
});

test('restarts that do not help for long are in vain; a new connection gets its own time', () => {
  const asked = [];
  recovery = new Recovery(environment, { restart: (is_in_vain) => {
    asked.push(is_in_vain);
    if (is_in_vain) recovery.handle_renewed();
  }, lost: () => { ++lost; } });
  recovery.handle_state('connected');
  recovery.handle_state('failed');
  environment.advance(120_000);
  assert.deepEqual(asked.flatMap((is_in_vain, i) => is_in_vain ? [i] : []), [5, 10]);
  assert.equal(lost, 1);
});

test('a try that fails again does not begin the minute anew', () => {
  recovery.handle_state('failed');
  for (let i = 0; i < 6; ++i) {
    environment.advance(5_000);
    recovery.handle_state('connecting');
    environment.advance(8_000);
    recovery.handle_state('failed');
  }
  assert.equal(lost, 1);
});

test('a new connection that never comes up is tried until the minute is over', () => {
  const began = environment.now;
  recovery.handle_renewed();
  environment.advance(120_000);
  assert.equal(restarts[0] - began, 5_000);
  assert.equal(lost, 1);
});

test('nothing after stop', () => {
  recovery.handle_state('failed');
  environment.advance(0);
  recovery.stop();
  recovery.handle_network_change();
  recovery.handle_chance();
  environment.advance(600_000);
  assert.deepEqual([restarts.length, lost], [1, 0]);
});
