// A call with one peer: from ringing to the end, which comes when either side says so or no connection can be had.
import { IceboxError } from './errors.js';
import { Emitter } from './events.js';
import { summary_of } from './path.js';
import { Succession } from './succession.js';

const kMostHeld = 256;
const kNotThereCodes = [404, 408, 410, 503];
export const kCallKey = 'icebox-call';  // marks the data message that ends a call

/** @typedef {import('./types.js').CallState} CallState */
/** @typedef {import('./types.js').EndReason} EndReason */
/** @typedef {import('./types.js').Kind} Kind */
/** @typedef {import('./succession.js').Signal} Signal */

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
 * @property {() => Promise<void>} reach_hub  resolves when it has answered
 * @property {(error: IceboxError) => void} report  why the server took a description of this call not at all
 */

/**
 * Events: `state`; `track`, as RTCPeerConnection's; `data`, what the other side's send() was given; `channel`, a data
 * channel that it opened besides; `path`, another way is in use; `connection`, `connection` and `channel` are others now:
 * the tracks are sent again and `track` comes again, all else that the application did to them is to be done anew.
 * @extends {Emitter<{state: {state: CallState, reason: EndReason | null}, track: RTCTrackEvent, data: any,
 *                    channel: RTCDataChannel, path: import('./types.js').Summary,
 *                    connection: {connection: RTCPeerConnection, channel: RTCDataChannel | null}}>}
 */
export class Call extends Emitter {
  /** @type {CallState} */
  #state;
  /** @type {EndReason | null} */
  #reason = null;
  #options;
  #connections;
  /** @type {[Signal, any][]} signals of a call that nobody has accepted yet */
  #held = [];
  #path = '';

  /** @param {CallOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#state = options.is_incoming ? 'ringing' : 'calling';
    this.#connections = new Succession({
      ...options,
      send: (kind, body) => this.#signal(kind, body),
      may_offer: () => this.#state !== 'ringing' && this.#state !== 'ended',
    }, {
      track: (event) => this.emit('track', event),
      data: (data) => this.emit('data', data),
      channel: (channel) => this.emit('channel', channel),
      state: (state) => this.#on_connection_state(state),
      replaced: () => this.#on_replaced(),
      refused: (error) => this.#on_refused(error),
      lost: () => this.#leave('left', 'lost'),
    });
  }

  get id() { return this.#options.id; }
  get peer() { return this.#options.peer; }
  get is_incoming() { return this.#options.is_incoming; }
  get polite() { return this.#options.polite; }
  get state() { return this.#state; }
  get reason() { return this.#reason; }
  /** The one in use: event `connection` tells of another. */
  get connection() { return this.#connections.connection; }
  get channel() { return this.#connections.channel; }
  /** Of send(), what has not left yet. */
  get buffered_bytes() { return this.#connections.buffered_bytes; }

  /**
   * Begins a call of ours.
   * @param {{streams?: MediaStream[], data?: boolean}} with_what
   */
  start({ streams = [], data = true }) {
    if (this.#state === 'ended') return;
    this.#connections.add(streams, data);
  }

  /**
   * Takes an incoming call.
   * @param {{streams?: MediaStream[]}} [with_what]
   */
  accept({ streams = [] } = {}) {
    if (this.#state !== 'ringing') return;
    const offer = this.#held.find(([kind]) => kind === 'offer')?.[1];
    this.#connections.add(streams, offer?.data === true);
    this.#enter('connecting');
    for (const [kind, body] of this.#held.splice(0)) this.#connections.receive(kind, body);
  }

  reject() {
    this.#leave('declined', 'hung up');
  }

  hang_up() {
    this.#leave('left', 'hung up');
  }

  /**
   * Over the data channel; until it is open what is sent waits. It arrives once and in order, over another connection if
   * this one breaks, unless the call ends.
   * @param {string | ArrayBuffer} data
   */
  send(data) {
    if (this.#state === 'ended') throw new IceboxError(410, 'this call has ended');
    this.#connections.send(data);
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
   * @param {Signal} kind
   * @param {any} body
   */
  receive(kind, body) {
    if (this.#state === 'ended') return;
    if (this.#state === 'ringing') {
      if (this.#held.length < kMostHeld) this.#held.push([kind, body]);
      return;
    }
    if (this.#state === 'calling' && kind !== 'candidate') this.#enter('connecting');
    this.#connections.receive(kind, body);
  }

  /** What came for this call was not fit to be set. One that is connected goes on as it is. */
  handle_unfit() {
    if (this.#path === '') this.#leave('left', 'failed');
  }

  /**
   * Both called at once and this side gives way: the two calls become the other's.
   * @param {string} id
   */
  adopt(id) {
    this.#options.id = id;
  }

  repeat_offer() {
    this.#connections.repeat_offer();
  }

  /** @param {RTCIceServer[]} ice_servers */
  set_ice_servers(ice_servers) {
    if (this.#state !== 'ended') this.#connections.set_ice_servers(ice_servers);
  }

  handle_network_change() {
    this.#connections.handle_network_change();
  }

  /** The hub, the peer or the person is back. */
  handle_chance() {
    this.#connections.handle_chance();
  }

  /** @param {EndReason} reason */
  end(reason) {
    if (this.#state === 'ended') return;
    this.#connections.close();
    this.#reason = reason;
    this.#enter('ended');
  }

  /** @param {RTCPeerConnectionState} state */
  #on_connection_state(state) {
    if (state === 'connected') {
      this.#enter('connected');
      this.#watch_path();
    } else if ((state === 'disconnected' || state === 'failed') && this.#state === 'connected') {
      if (this.#connections.was_closed_there) return this.end('left');
      this.#enter('reconnecting');
    }
  }

  #on_replaced() {
    if (this.#state === 'connected') this.#enter('reconnecting');
    this.emit('connection', { connection: this.connection, channel: this.channel });
  }

  #watch_path() {
    const transport = this.connection.sctp?.transport ?? this.connection.getSenders()[0]?.transport;
    if (transport) transport.iceTransport.onselectedcandidatepairchange = () => this.#look();
    this.#look();
  }

  #look() {
    this.summary().catch(() => {});  // of a connection that was closed meanwhile
  }

  /**
   * @param {Signal} kind
   * @param {any} body
   */
  #signal(kind, body) {
    const more = kind === 'offer' ? { again: this.#path !== '' } : {};
    return this.#options.send(kind, { ...body, call: this.id, ...more });
  }

  /** @param {unknown} error */
  #on_refused(error) {
    const is_of_server = error instanceof IceboxError;
    const is_not_there = is_of_server && kNotThereCodes.includes(error.code);
    if (is_of_server && !is_not_there)
      this.#options.report(new IceboxError(error.code, `the call with ${this.peer.name}: ${error.message}`));
    if (this.#path !== '') return this.#connections.postpone_offer();
    this.#leave('left', is_not_there ? 'unavailable' : is_of_server ? 'refused' : 'failed');
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
