// npm's ws against icebox's WebSocket layer: websocket_ws.mjs ECHO_SERVER
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'node:test';
import WebSocket from 'ws';

const server = spawn(process.argv[2], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
const port = Number((await lines.next()).value);
test.after(() => server.stdin.end());

async function connect(scheme, path, ...protocols) {
  const socket = new WebSocket(`${scheme}://127.0.0.1:${port}${path}`, protocols, { rejectUnauthorized: false });
  await once(socket, 'open');
  return socket;
}

async function next(socket) {
  const [data, isBinary] = await once(socket, 'message');
  return isBinary ? data : data.toString();
}

async function close(socket, ...args) {
  socket.close(...args);
  const [code, reason] = await once(socket, 'close');
  return [code, reason.toString()];
}

for (const scheme of ['ws', 'wss']) {
  test(`${scheme}: texts and octets of every size come back`, async () => {
    const socket = await connect(scheme, '/echo');
    assert.equal(socket.extensions, '', 'compression was offered and must not be agreed on');
    for (const size of [0, 1, 125, 126, 1000, 65535, 65536]) {
      socket.send('x'.repeat(size));
      assert.equal(await next(socket), 'x'.repeat(size));
      const octets = Buffer.alloc(size, 0xfe);
      socket.send(octets);
      assert.deepEqual(await next(socket), octets);
    }
    assert.deepEqual(await close(socket, 1000, 'done'), [1000, '']);
  });

  test(`${scheme}: fragments with pings between them make one message`, async () => {
    const socket = await connect(scheme, '/echo');
    const pongs = [];
    socket.on('pong', (payload) => pongs.push(payload.toString()));
    for (let i = 0; i < 10; ++i) {
      socket.send(`${i}ä€🎈`, { fin: i === 9 });
      socket.ping(`ping ${i}`);
    }
    assert.equal(await next(socket), [...Array(10).keys()].map((i) => `${i}ä€🎈`).join(''));
    socket.send('after');
    assert.equal(await next(socket), 'after');
    assert.deepEqual(pongs, [...Array(10).keys()].map((i) => `ping ${i}`));
    assert.deepEqual(await close(socket), [1000, '']);
  });

  test(`${scheme}: two thousand messages keep their order`, async () => {
    const socket = await connect(scheme, '/echo');
    const seen = [];
    socket.on('message', (data) => seen.push(data.toString()));
    const sent = [...Array(2000).keys()].map((i) => `${i} ${'x'.repeat(800)}`);
    for (const text of sent) socket.send(text);
    while (seen.length < sent.length) await once(socket, 'message');
    assert.deepEqual(seen, sent);
    await close(socket);
  });

  test(`${scheme}: close codes and reasons go both ways`, async () => {
    const ours = await connect(scheme, '/echo');
    assert.deepEqual(await close(ours, 3001, 'bye'), [3001, '']);
    const theirs = await connect(scheme, '/close?code=4001&reason=replaced');
    theirs.send('now');
    const [code, reason] = await once(theirs, 'close');
    assert.deepEqual([code, reason.toString()], [4001, 'replaced']);
  });

  test(`${scheme}: a message above 64 KiB ends the connection, or is answered`, async () => {
    const strict = await connect(scheme, '/echo');
    strict.send('x'.repeat(65537));
    assert.equal((await once(strict, 'close'))[0], 1009);
    const forgiving = await connect(scheme, '/large');
    forgiving.send('x'.repeat(1_000_000));
    assert.equal(await next(forgiving), 'too large');
    forgiving.send('small');
    assert.equal(await next(forgiving), 'small');
    await close(forgiving);
  });

  test(`${scheme}: the first subprotocol is chosen`, async () => {
    const socket = await connect(scheme, '/echo', 'icebox.v1', 'icebox.token.abc');
    assert.equal(socket.protocol, 'icebox.v1');
    await close(socket);
  });

  test(`${scheme}: three hundred connections at once`, async () => {
    const sockets = await Promise.all([...Array(300)].map(() => connect(scheme, '/echo')));
    await Promise.all(sockets.map(async (socket, i) => {
      socket.send(`${i}`);
      assert.equal(await next(socket), `${i}`);
      await close(socket);
    }));
  });
}

test('a page of another origin is refused', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`, { origin: 'https://evil.example' });
  const [error] = await once(socket, 'error');
  assert.match(error.message, /403/);
});
