// RTCPeerConnection as far as a call uses it, on a network that the test makes and breaks.
import { FakeConnection } from './fake_connection.js';
import { FakeEnvironment, settle } from './fakes.js';
import { Call } from '../call.js';

export class FakeChannel {
  readyState = 'connecting';
  bufferedAmount = 0;
  other = null;
  onopen = null;
  onmessage = null;
  onclose = null;
  onbufferedamountlow = null;

  constructor(id) { this.id = id; }

  send(data) {
    if (this.readyState !== 'open') throw new Error('not open');
    if (this.is_full) throw new Error('full');
    this.other?.onmessage?.({ data });
  }

  open(other) {
    this.other = other;
    this.readyState = 'open';
    this.onopen?.({});
  }

  end() {
    this.readyState = 'closed';
    this.onclose?.({});
  }
}

export class FakeTrack {
  constructor(kind) { this.kind = kind; }
}

export class FakeRtcConnection extends FakeConnection {
  connectionState = 'new';
  iceConnectionState = 'new';
  dtls_state = 'new';
  channels = new Map();
  transceivers = [];
  restarts = 0;
  #is_needed = false;

  constructor(configuration) {
    super();
    this.configuration = configuration;
  }

  get sctp() { return { transport: { state: this.dtls_state, iceTransport: {} } }; }

  createDataChannel(_label, { id }) {
    this.#need();
    this.channels.set(id, new FakeChannel(id));
    return this.channels.get(id);
  }

  addTrack(track, ...streams) {
    this.#need();
    const sender = { track, streams, transport: null };
    this.transceivers.push({ sender, direction: 'sendrecv', receiver: { track: new FakeTrack(track.kind) } });
    return sender;
  }

  addTransceiver(kind, { direction }) {
    this.#need();
    this.transceivers.push({ sender: { track: null }, direction, receiver: { track: new FakeTrack(kind) } });
  }

  getTransceivers() { return this.transceivers; }
  getSenders() { return this.transceivers.map(({ sender }) => sender); }
  getConfiguration() { return this.configuration; }
  setConfiguration(configuration) { this.configuration = configuration; }
  async getStats() {
    return new Map([
      ['t', { id: 't', type: 'transport', selectedCandidatePairId: 'p' }],
      ['p', { id: 'p', type: 'candidate-pair', localCandidateId: 'c', remoteCandidateId: 'c' }],
      ['c', { id: 'c', candidateType: 'host' }],
    ]);
  }

  setLocalDescription(description) {
    this.#is_needed = false;
    return super.setLocalDescription(description);
  }

  restartIce() {
    ++this.restarts;
    this.#need();
  }

  close() {
    this.signalingState = this.connectionState = 'closed';
    for (const channel of this.channels.values()) channel.other = null;
  }

  enter(connection_state, ice_state = connection_state, dtls_state = this.dtls_state) {
    [this.connectionState, this.iceConnectionState, this.dtls_state] = [connection_state, ice_state, dtls_state];
    this.onconnectionstatechange?.();
  }

  #need() {
    this.#is_needed = true;
    setImmediate(() => { if (this.#is_needed && this.signalingState === 'stable') this.onnegotiationneeded?.(); });
  }
}

// Two sides of a call and the hub between them. `left` calls; `right` is the polite one.
export class FakeCall {
  environment = new FakeEnvironment();
  is_online = true;
  reached = [];  // by whom, once the hub is back
  on_the_way = [];
  rewrite = (body) => body;  // what the hub does to a body
  log = { left: [], right: [] };
  heard = { left: [], right: [] };
  errors = [];

  constructor() {
    globalThis.RTCPeerConnection = FakeRtcConnection;
    globalThis.MediaStream = class { constructor(tracks) { this.tracks = tracks; } };
    this.left = this.side('left', 'right', false, false);
    this.right = this.side('right', 'left', true, true);
  }

  side(name, other, polite, is_incoming) {
    const call = new Call({
      id: 'c', peer: { name: other, fp: null }, is_incoming, polite, configuration: {},
      environment: this.environment, is_online: () => this.is_online,
      reach_hub: async () => { if (!this.is_online) await new Promise((reached) => this.reached.push(reached)); },
      report: (error) => this.errors.push(error),
      send: async (kind, body) => void this.on_the_way.push([other, kind, JSON.parse(JSON.stringify(body))]),
    });
    call.on('state', ({ state, reason }) => this.log[name].push(reason ?? state));
    call.on('connection', () => this.log[name].push('connection'));
    call.on('data', (data) => this.heard[name].push(data));
    return call;
  }

  // Until nobody has anything more to say.
  async exchange() {
    for (let quiet = 0; quiet < 3; ++quiet) {
      await settle();
      for (const [to, kind, body] of this.on_the_way.splice(0)) {
        quiet = 0;
        if (kind === 'data') this[to].end('left');
        else this[to].receive(kind, this.rewrite(body));
      }
    }
  }

  async connect(streams = {}) {
    this.left.start({ streams: streams.left });
    await this.exchange();
    this.right.accept({ streams: streams.right });
    await this.meet();
    this.environment.advance(10_000);
  }

  // What the two have negotiated is connected.
  async meet() {
    await this.exchange();
    const [left, right] = [this.left.connection, this.right.connection];
    for (const connection of [left, right]) connection.enter('connected', 'connected', 'connected');
    for (const id of left.channels.keys())
      for (const channel of [left.channels.get(id), right.channels.get(id)])
        channel.open(channel === left.channels.get(id) ? right.channels.get(id) : left.channels.get(id));
    await settle();
  }

  // Nothing gets through any more, and nobody notices.
  cut() {
    for (const { connection } of [this.left, this.right])
      for (const channel of connection.channels.values()) channel.other = null;
  }
}
