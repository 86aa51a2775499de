// A call with one peer: an RTCPeerConnection that negotiates, finds another way when the network changes, and ends
// when either side says so.
import { IceboxError } from './errors.js';
import { Emitter } from './events.js';
import { Negotiation } from './negotiation.js';
import { summary_of } from './path.js';
import { Recovery, is_beyond_recovery } from './recovery.js';

// Both sides make the channel themselves, so that it is one channel even when both call at once.
const kChannelId = 100;
const kMostHeld = 256;
const kFarewellMilliseconds = 15_000;
export const kCallKey = 'icebox-call';  // marks the data message that ends a call

/** @typedef {import('./types.js').CallState} CallState */
/** @typedef {import('./types.js').EndReason} EndReason */
/** @typedef {import('./types.js').Kind} Kind */

/**
 * @typedef {object} CallOptions
 * @property {string} id
 * @property {{name: string, fp: string | null}} peer
 * @property {boolean} is_incoming
 * @property {boolean} polite
 * @property {RTCConfiguration} configuration
 * @property {import('./environment.js').Environment} environment
 * @property {(kind: Kind, body: any) => Promise<void>} send  to the peer, through the hub
 * @property {() => boolean} is_online  the hub is there
 */

/**
 * Events: `state`; `track`, as RTCPeerConnection's; `data`, what the other side's send() was given; `channel`, a data
 * channel that it opened besides; `path`, another way is in use.
 * @extends {Emitter<{state: {state: CallState, reason: EndReason | null}, track: RTCTrackEvent, data: any,
 *                    channel: RTCDataChannel, path: import('./types.js').Summary}>}
 */
export class Call extends Emitter {
  /** @type {CallState} */
  #state;
  /** @type {EndReason | null} */
  #reason = null;
  #options;
  #negotiation;
  #recovery;
  /** @type {[('offer' | 'answer' | 'candidate'), any][]} signals of a call that nobody has accepted yet */
  #held = [];
  #must_negotiate = false;  // wanted, but not before the next chance
  #must_wait = false;       // an offer was not delivered: the next one would not be either
  /** @type {RTCDataChannel | null} */
  #channel = null;
  /** @type {(string | ArrayBuffer)[]} */
  #unsent = [];
  #path = '';
  #channel_closed_at_ms = -Infinity;

  /** @param {CallOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#state = options.is_incoming ? 'ringing' : 'calling';
    /** @readonly */
    this.connection = new RTCPeerConnection(options.configuration);
    this.#negotiation = new Negotiation(this.connection, {
      polite: options.polite,
      send: (kind, body) => this.#signal(kind, body),
      settled: () => this.#recovery.handle_negotiated(),
      failed: (error) => this.#on_negotiation_failed(error),
    });
    this.#recovery = new Recovery(options.environment, {
      restart: () => this.#restart(),
      lost: () => this.#leave('left', 'lost'),
      polite: options.polite,
    });
    this.#watch_connection();
  }

  get id() { return this.#options.id; }
  get peer() { return this.#options.peer; }
  get is_incoming() { return this.#options.is_incoming; }
  get polite() { return this.#negotiation.polite; }
  get state() { return this.#state; }
  get reason() { return this.#reason; }
  get channel() { return this.#channel; }

  /**
   * Begins a call of ours.
   * @param {{streams?: MediaStream[], data?: boolean}} with_what
   */
  start({ streams = [], data = true }) {
    this.#add(streams, data);
  }

  /**
   * Takes an incoming call.
   * @param {{streams?: MediaStream[]}} [with_what]
   */
  accept({ streams = [] } = {}) {
    if (this.#state !== 'ringing') return;
    const offer = this.#held.find(([kind]) => kind === 'offer')?.[1];
    this.#add(streams, offer?.data === true);
    this.#enter('connecting');
    for (const [kind, body] of this.#held.splice(0)) this.#negotiation.receive(kind, body);
  }

  reject() {
    this.#leave('declined', 'hung up');
  }

  hang_up() {
    this.#leave('left', 'hung up');
  }

  /**
   * Over the data channel; until it is open what is sent waits.
   * @param {string | ArrayBuffer} data
   */
  send(data) {
    if (this.#state === 'ended') throw new IceboxError(410, 'this call has ended');
    if (this.#channel?.readyState === 'closed')
      throw new IceboxError(410, 'the data channel did not outlive a long time without network; call again');
    if (this.#channel?.readyState === 'open') this.#channel.send(/** @type {any} */ (data));
    else this.#unsent.push(data);
  }

  /** What the connection does now, and by which way. */
  async summary() {
    const summary = await summary_of(this.connection);
    const { path, local, remote } = summary;
    const now = path ? JSON.stringify([path, local, remote]) : this.#path;
    if (now !== this.#path) {
      this.#path = now;
      this.emit('path', summary);
    }
    return summary;
  }

  // For Icebox.

  /**
   * @param {'offer' | 'answer' | 'candidate'} kind
   * @param {any} body
   */
  receive(kind, body) {
    if (this.#state === 'ended') return;
    if (this.#state === 'ringing') {
      if (this.#held.length < kMostHeld) this.#held.push([kind, body]);
      return;
    }
    if (this.#state === 'calling' && kind !== 'candidate') this.#enter('connecting');
    this.#negotiation.receive(kind, body);
  }

  /**
   * Both called at once and this side gives way: the two calls become the other's.
   * @param {string} id
   */
  adopt(id) {
    this.#options.id = id;
  }

  repeat_offer() {
    this.#negotiation.repeat_offer();
  }

  /** @param {RTCIceServer[]} iceServers */
  set_ice_servers(iceServers) {
    if (this.#state !== 'ended')
      this.connection.setConfiguration({ ...this.connection.getConfiguration(), iceServers });
  }

  handle_network_change() {
    this.#recovery.handle_network_change();
  }

  /** The hub, the peer or the person is back. */
  handle_chance() {
    this.#must_wait = false;
    if (this.#must_negotiate) this.#negotiate();
    this.#recovery.handle_chance();
  }

  /** @param {EndReason} reason */
  end(reason) {
    if (this.#state === 'ended') return;
    this.#recovery.stop();
    this.connection.close();
    this.#reason = reason;
    this.#enter('ended');
  }

  /**
   * @param {MediaStream[]} streams
   * @param {boolean} data
   */
  #add(streams, data) {
    for (const stream of streams)
      for (const track of stream.getTracks()) this.connection.addTrack(track, stream);
    if (data) this.#open_channel();
  }

  #open_channel() {
    const channel = this.connection.createDataChannel('icebox', { negotiated: true, id: kChannelId });
    channel.binaryType = 'arraybuffer';
    channel.onopen = () => { for (const data of this.#unsent.splice(0)) channel.send(/** @type {any} */ (data)); };
    channel.onmessage = ({ data }) => this.emit('data', data);
    channel.onclose = () => { this.#channel_closed_at_ms = this.#options.environment.now_ms(); };
    this.#channel = channel;
  }

  #watch_connection() {
    const connection = this.connection;
    connection.onnegotiationneeded = () => this.#negotiate();
    connection.ontrack = (event) => this.emit('track', event);
    connection.ondatachannel = ({ channel }) => this.emit('channel', channel);
    connection.onconnectionstatechange = () => this.#on_connection_state(connection.connectionState);
  }

  #negotiate() {
    if (this.#state === 'ringing' || this.#state === 'ended') return;
    this.#must_negotiate = this.#must_wait || !this.#options.is_online();
    if (!this.#must_negotiate) this.#negotiation.offer();
  }

  #restart() {
    if (is_beyond_recovery(this.connection)) return this.#leave('left', 'lost');
    this.#must_wait = false;
    if (this.connection.signalingState !== 'stable') return this.#negotiation.repeat_offer();
    this.connection.restartIce();
    if (this.#must_negotiate) this.#negotiate();  // the browser says only once that it is needed
  }

  /** @param {RTCPeerConnectionState} state */
  #on_connection_state(state) {
    if (this.#state === 'ended') return;
    if (state === 'connected') {
      this.#enter('connected');
      this.#watch_path();
    } else if ((state === 'disconnected' || state === 'failed') && this.#state === 'connected') {
      if (this.#was_closed_there()) return this.end('left');
      this.#enter('reconnecting');
    }
    this.#recovery.handle_state(state);
  }

  // First the channel ends, then the path: the other side has closed both, and its word did not get through the hub.
  #was_closed_there() {
    return this.#options.environment.now_ms() - this.#channel_closed_at_ms < kFarewellMilliseconds;
  }

  #watch_path() {
    const transport = this.connection.sctp?.transport ?? this.connection.getSenders()[0]?.transport;
    if (transport) transport.iceTransport.onselectedcandidatepairchange = () => void this.summary();
    this.summary();
  }

  /**
   * @param {'offer' | 'answer' | 'candidate'} kind
   * @param {any} body
   */
  #signal(kind, body) {
    const more = kind === 'offer' ? { data: this.#channel !== null, again: this.#path !== '' } : {};
    return this.#options.send(kind, { ...body, call: this.id, ...more });
  }

  /** @param {unknown} error */
  #on_negotiation_failed(error) {
    if (this.#state === 'ended') return;
    if (this.#path === '') return this.#leave('left', error instanceof IceboxError ? 'unavailable' : 'failed');
    this.#must_wait = this.#must_negotiate = true;  // recovery gives up in its time
  }

  /**
   * @param {EndReason} tell
   * @param {EndReason} reason
   */
  #leave(tell, reason) {
    if (this.#state === 'ended') return;
    this.#options.send('data', { [kCallKey]: this.id, end: tell }).catch(() => {});
    this.end(reason);
  }

  /** @param {CallState} state */
  #enter(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.emit('state', { state, reason: this.#reason });
  }
}
