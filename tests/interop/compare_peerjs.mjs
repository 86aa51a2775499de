// The same frames to npm's PeerJS server and to icebox: what each client hears. Differences are listed with their
// reason; any other, and any that is gone, is a failure. On loopback.
//     ICEBOX=build/release/icebox node compare_peerjs.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import { PeerServer } from 'peer';
import WebSocket from 'ws';

const kSilenceMilliseconds = 10_000;  // longer than anything is waited for

class Client {
  constructor(socket) {
    this.socket = socket;
    this.heard = [];
    this.news = () => {};
    socket.on('message', (data) => { this.heard.push(data.toString()); this.news(); });
    socket.on('close', () => { this.closed = true; this.news(); });
  }
  async until(good) {
    const deadline = setTimeout(() => { throw new Error(`heard only ${this.heard}`); }, kSilenceMilliseconds);
    while (!good()) await new Promise((done) => { this.news = done; });
    clearTimeout(deadline);
  }
  send(message) { this.socket.send(typeof message === 'string' ? message : JSON.stringify(message)); }
  // Everything up to the close.
  async until_closed() {
    await this.until(() => this.closed);
    return this.heard;
  }
  async next(count = 1) {
    await this.until(() => this.heard.length >= count);
    return this.heard.splice(0, count);
  }
  // What had come before a message to oneself comes back: by then all that was sent before it has been handled.
  async so_far() {
    const barrier = JSON.stringify({ type: 'LEAVE', src: this.id, dst: this.id, payload: 'barrier' });
    this.send({ type: 'LEAVE', dst: this.id, payload: 'barrier' });
    await this.until(() => this.heard.includes(barrier) || this.closed);
    return this.closed ? [...this.heard.splice(0), 'closed'] : this.heard.splice(0, this.heard.indexOf(barrier) + 1).slice(0, -1);
  }
}

class Server {
  constructor(port) { Object.assign(this, { port, names: 0 }); }
  async get(path) {
    const answer = await fetch(`http://127.0.0.1:${this.port}/peerjs/${path}`);
    return { status: answer.status, text: await answer.text() };
  }
  async connect(query) {
    const client = new Client(new WebSocket(`ws://127.0.0.1:${this.port}/peerjs/peerjs?${new URLSearchParams(query)}`));
    client.id = query.id;
    await once(client.socket, 'open');
    return client;
  }
  async join(id, token = 't') {
    const client = await this.connect({ key: 'peerjs', id, token, version: '1.5.5' });
    await client.next();
    return client;
  }
}

const offer = { sdp: { type: 'offer', sdp: 'v=0\r\n' }, type: 'data', connectionId: 'dc_1', metadata: { of: ['\u00fc', null, 1.5] } };
const query = { key: 'peerjs', id: 'a', token: 't' };

// Each returns what is compared. `differs`: [what npm's server does, what icebox does, why].
const cases = {
  async 'GET /peerjs/'({ get }) {
    const { status, text } = await get('');
    return [status, JSON.parse(text).name];
  },
  async 'GET /peerjs/peerjs/id'({ get }) {
    const { status, text } = await get('peerjs/id?ts=1');
    return [status, text.replace(/[0-9a-f]/g, 'x')];
  },
  async 'GET /peerjs/peerjs/peers'({ get }) { return (await get('peerjs/peers')).status; },
  async 'GET /peerjs/other/id'({ get }) { return (await get('other/id')).status; },
  async 'no id'({ connect }) { return (await connect({ ...query, id: '' })).until_closed(); },
  async 'no token'({ connect }) { return (await connect({ ...query, token: '' })).until_closed(); },
  async 'no key'({ connect }) { return (await connect({ ...query, key: '' })).until_closed(); },
  async 'a wrong key'({ connect }) { return (await connect({ ...query, key: 'other' })).until_closed(); },
  async 'a new name'({ connect }) { return (await connect(query)).next(); },
  async 'a taken name'({ connect, join }) {
    await join('a');
    return (await connect({ ...query, token: 'other' })).until_closed();
  },
  async 'a name taken over with its token'({ connect, join }) {
    const first = await join('a'), second = await connect(query);
    const heard = await second.so_far();
    if (heard.length) await first.until(() => first.closed);
    return { heard, first_is_closed: first.closed ?? false };
  },
  async 'messages as they are relayed'({ join }) {
    const a = await join('a'), b = await join('b');
    a.send({ type: 'OFFER', src: 'forged', payload: offer, dst: 'b', extra: 1 });
    a.send({ dst: 'b', type: 'ANSWER', payload: null });
    a.send({ type: 'CANDIDATE', dst: 'b' });
    a.send({ type: 'LEAVE', dst: 'b', payload: [] });
    return b.next(4);
  },
  async 'heartbeats, unknown types, no receiver'({ join }) {
    const a = await join('a'), b = await join('b');
    for (const type of ['HEARTBEAT', 'ANYTHING', 'OPEN', 'ERROR', 'ID-TAKEN', 7, null]) a.send({ type, dst: 'b', payload: offer });
    a.send({ type: 'OFFER', payload: offer });
    a.send({ type: 'OFFER', payload: offer, dst: '' });
    return [await a.so_far(), await b.so_far()];
  },
  async 'EXPIRE of a client'({ join }) {
    const a = await join('a'), b = await join('b');
    a.send({ type: 'EXPIRE', dst: 'b' });
    await a.so_far();
    return b.so_far();
  },
  async 'no JSON, no object, then an offer'({ join }) {
    const a = await join('a'), b = await join('b');
    for (const text of ['', '{', 'null', '7', '"x"', '[]']) a.send(text);
    a.send({ type: 'OFFER', payload: 1, dst: 'b' });
    return [await a.so_far(), await b.so_far()];
  },
  async 'a binary frame'({ join }) {
    const a = await join('a'), b = await join('b');
    a.socket.send(Buffer.from(JSON.stringify({ type: 'OFFER', payload: 1, dst: 'b' })));
    return b.next();
  },
  async 'a receiver named twice'({ join }) {
    const a = await join('a'), b = await join('b'), c = await join('c');
    a.send('{"type":"OFFER","payload":1,"dst":"b","dst":"c"}');
    await a.so_far();
    return [await b.so_far(), await c.so_far()];
  },
  async 'messages that wait'({ connect, join }) {
    const a = await join('a');
    a.send({ type: 'LEAVE', dst: 'b' });
    for (const type of ['OFFER', 'CANDIDATE', 'ANSWER']) a.send({ type, payload: offer, dst: 'b' });
    await a.so_far();
    return (await connect({ ...query, id: 'b' })).next(4);
  },
  async 'messages that nobody fetches'({ join }) {
    const a = await join('a'), c = await join('c');
    for (const client of [a, a, c]) client.send({ type: 'OFFER', payload: offer, dst: 'b' });
    const heard = [await a.next(), await c.next()];
    return [...heard, await a.so_far(), await (await join('b')).so_far()];
  },
  async 'the other has gone'({ join }) {
    const a = await join('a'), b = await join('b');
    b.send({ type: 'OFFER', payload: 1, dst: 'a' });
    await a.next();
    b.socket.close();
    await b.until(() => b.closed);
    const again = await join('b', 'other');
    return [await a.so_far(), await again.so_far()];
  },
  async 'LEAVE to nobody'({ join }) {
    const a = await join('a');
    a.send({ type: 'LEAVE' });
    const b = await join('b');
    b.send({ type: 'LEAVE', dst: 'b', payload: 'barrier' });
    await b.next();
    const free = await join('a', 'other');
    return { free: await free.so_far(), closed: a.closed ?? false };
  },
};

const open = '{"type":"OPEN"}';
const differs = {
  'GET /peerjs/other/id': [200, 403, 'a key that is not checked is none'],
  'a name taken over with its token': [
    { heard: [], first_is_closed: false }, { heard: [open], first_is_closed: true },
    'without OPEN the client waits for ever; two sockets with one name are one too many'],
  'EXPIRE of a client': [['{"type":"EXPIRE","src":"a","dst":"b"}'], [], 'anybody could end a stranger\'s attempt to connect'],
  'a receiver named twice': [[[], ['{"type":"OFFER","src":"a","dst":"c","payload":1}']], [[], []], 'no client writes so'],
  'LEAVE to nobody': [{ free: [], closed: false }, { free: [], closed: true },
                      'a socket without a name hears nothing any more: closed, the client notices'],
};

async function start_npm() {
  const port = await new Promise((done) => {
    const started = PeerServer({ host: '127.0.0.1', port: 0, path: '/peerjs' }, (server) => done(server.address().port));
    started.on('error', () => {});  // without it a frame that is no JSON ends the process
  });
  return { port, end: () => {} };
}

async function start_icebox() {
  const directory = mkdtempSync(join(tmpdir(), 'icebox-peerjs-'));
  const settings = ['listen=["tcp://127.0.0.1:0"]', 'metrics.listen=127.0.0.1:0', 'realm=test', 'limits.http_requests_per_second=1000'];
  const server = spawn(process.env.ICEBOX, ['serve', '--data', directory, ...settings.flatMap((setting) => ['--set', setting])],
                       { stdio: ['ignore', 'pipe', 'ignore'] });
  process.on('exit', () => server.kill('SIGKILL'));  // also when this process fails
  let port;
  for await (const line of createInterface({ input: server.stdout })) {
    port ??= /^ *tcp 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (line === 'ready') break;
  }
  const end = async () => {
    server.kill();
    await once(server, 'exit');
    rmSync(directory, { recursive: true });
  };
  return { port, end };
}

// A connection for each case of its own, all closed behind it, so that names are free for the next.
async function run(port, test) {
  const server = new Server(port), clients = [];
  const connect = async (query) => { clients.push(await server.connect(query)); return clients.at(-1); };
  const join_as = async (id, token) => { clients.push(await server.join(id, token)); return clients.at(-1); };
  const outcome = await test({ get: (path) => server.get(path), connect, join: join_as });
  for (const client of clients) {
    client.socket.close();
    await client.until(() => client.closed);
  }
  return outcome;
}

const servers = [await start_npm(), await start_icebox()];
const failures = [];
for (const [name, test] of Object.entries(cases)) {
  const found = [];
  for (const { port } of servers) found.push(await run(port, test));
  const [npm, icebox, why] = differs[name] ?? [found[0], found[0]];
  const right = isDeepStrictEqual(found, [npm, icebox]);
  if (!right) failures.push(`${name}: npm ${JSON.stringify(found[0])}, icebox ${JSON.stringify(found[1])}`);
  console.log(`${right ? why ? 'differs' : 'same' : 'WRONG'}  ${name}${why ? `: ${why}` : ''}`);
}
for (const { end } of servers) await end();
if (failures.length) console.error(failures.join('\n'));
process.exit(failures.length ? 1 : 0);
