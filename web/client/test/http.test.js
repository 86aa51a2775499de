import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Server } from '../http.js';
import { FakeEnvironment, settle } from './fakes.js';

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

test('a server in a folder is asked there, however the folder is written', async () => {
  for (const url of ['https://example.org/rtc', 'https://example.org/rtc/', 'https://example.org/rtc/?fake=1#invite=x', 'wss://example.org/rtc/ws']) {
    const inner = new Server(url, environment);
    assert.equal(inner.socket_url(new URLSearchParams({ a: '1' })), 'wss://example.org/rtc/ws?a=1');
    environment.answers = [{ status: 200 }];
    await inner.call('GET', 'api/ice-servers');
    assert.equal(environment.fetched.at(-1).url, 'https://example.org/rtc/api/ice-servers');
  }
});

test('what came too soon is asked again when the server says so, a few times', async () => {
  const too_soon = (retry_after) => ({ status: 429, json: { detail: 'too fast' }, headers: retry_after ? { 'retry-after': retry_after } : {} });
  environment.answers = [too_soon('2'), too_soon(), { status: 201, json: 7 }];
  const asked = server.call('POST', 'api/x', { body: {} });
  await settle();
  environment.advance(1_999);
  assert.equal(environment.fetched.length, 1);
  environment.advance(1_000);
  await settle();
  assert.equal(environment.fetched.length, 2);
  environment.advance(3_000);
  assert.equal(await asked, 7);
  assert.deepEqual(environment.fetched.map(({ body }) => body), ['{}', '{}', '{}']);

  environment.answers = Array.from({ length: 5 }, () => too_soon('1'));
  const refused = assert.rejects(server.call('GET', 'api/x'), { code: 429, message: 'too fast' });
  for (let i = 0; i < 8; ++i, environment.advance(5_000)) await settle();
  await refused;
  assert.equal(environment.answers.length, 1);
});

test('a wait of a minute is for the person, not for us', async () => {
  environment.answers = [{ status: 429, json: { detail: 'too many wrong invitations' }, headers: { 'retry-after': '60' } }];
  await assert.rejects(server.call('POST', 'api/x'), { code: 429 });
  assert.equal(environment.fetched.length, 1);
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

test('only that the token is not known says that it is of no use any more', async () => {
  const unknown = { detail: 'the token is not known, was revoked, or has expired; ask for a new invitation' };
  environment.answers = [
    { status: 401, json: unknown }, { status: 401, json: { detail: 'the bearer token of a verified peer is needed' } },
    { status: 401 }, { status: 403, json: unknown }, { status: 500, json: {} }, { status: 429, json: unknown }, { status: 200, json: {} },
  ];
  const codes = [];
  for (let i = 0; i < 8; ++i) codes.push((await server.refusal('T'))?.code ?? null);
  assert.deepEqual(codes, [401, null, null, null, null, null, null, null]);
});

test('no answer: the likely causes are told apart by what a page may ask without reading it', async () => {
  environment.origin = 'https://app.example.org';
  environment.answers = [null, { status: 200 }];
  await assert.rejects(server.call('GET', 'api/x'), { code: 403, message: /does not let pages of https:\/\/app\.example\.org in;.*allowed_origins/ });
  assert.deepEqual([environment.fetched[1].url, environment.fetched[1].mode], ['https://turn.example.org:8443/healthz', 'no-cors']);
  await assert.rejects(server.call('GET', 'api/x'), { code: 503, message: /certificate is not trusted here: open https:\/\/turn\.example\.org:8443\/healthz/ });
  const plain = new Server('http://turn.example.org', environment);
  await assert.rejects(plain.call('GET', 'api/x'), { code: 503, message: /came over https may not ask/ });
  environment.origin = 'https://turn.example.org:8443';
  const before = environment.fetched.length;
  await assert.rejects(server.call('GET', 'api/x'), { code: 503, message: 'the server at turn.example.org:8443 does not answer' });
  assert.equal(environment.fetched.length, before + 1, 'nothing to find out about its own server');
});

test('a WebSocket that does not open though the server answers: a proxy is in the way', async () => {
  environment.answers = [{ status: 200, json: {} }, { status: 403, json: {} }, { status: 503 }, { status: 429 }];
  for (const code of [403, 403, null, null]) {
    const error = await server.obstacle('T');
    assert.equal(error?.code ?? null, code);
    if (error) assert.match(error.message, /opens no WebSocket.*Upgrade.*Host/);
  }
});
