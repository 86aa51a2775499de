import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Server } from '../http.js';
import { FakeEnvironment } from './fakes.js';

let environment, server;

beforeEach(() => {
  environment = new FakeEnvironment();
  server = new Server('wss://turn.example.org:8443/ws', environment);
});

test('one address for HTTP and WebSocket', () => {
  assert.equal(server.origin, 'https://turn.example.org:8443');
  assert.equal(server.socket_url(new URLSearchParams({ a: 'ö' })), 'wss://turn.example.org:8443/ws?a=%C3%B6');
  assert.equal(new Server('http://localhost:3478', environment).socket_url(new URLSearchParams()), 'ws://localhost:3478/ws');
});

test('sends the token as bearer and the body as JSON', async () => {
  environment.answers = [{ status: 201, json: { token: 't' } }];
  assert.deepEqual(await server.call('POST', '/api/x', { token: 'T', body: { a: 1 } }), { token: 't' });
  const [{ url, method, headers, body }] = environment.fetched;
  assert.deepEqual([url, method, body], ['https://turn.example.org:8443/api/x', 'POST', '{"a":1}']);
  assert.deepEqual(headers, { authorization: 'Bearer T', 'content-type': 'application/json' });
});

test("a refusal carries the server's words, or its status where a proxy answered", async () => {
  environment.answers = [{ status: 404, json: { title: 'Not Found', detail: 'ask for a new link' } }, { status: 502, json: 'x' }];
  await assert.rejects(server.call('GET', '/x'), { code: 404, message: 'ask for a new link' });
  await assert.rejects(server.call('GET', '/x'), { code: 502, message: 'the server answered 502' });
  await assert.rejects(server.call('GET', '/x'), { code: 503, message: /turn\.example\.org.* does not answer/ });
});

test('an answer without content is null', async () => {
  environment.answers = [{ status: 200 }];
  assert.equal(await server.call('GET', '/x'), null);
});

test('only 401 and 403 say that a token is not wanted', async () => {
  environment.answers = [{ status: 401, json: {} }, { status: 403, json: {} }, { status: 500, json: {} }, { status: 429, json: {} },
                         { status: 200, json: {} }];
  const codes = [];
  for (let i = 0; i < 6; ++i) codes.push((await server.refusal('T'))?.code ?? null);
  assert.deepEqual(codes, [401, 403, null, null, null, null]);
});
