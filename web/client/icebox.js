// One device on an icebox server: who else is there, calls, messages.
import { Calls, is_about_call } from './calls.js';
import { check_data } from './descriptions.js';
import { IceboxError } from './errors.js';
import { Emitter } from './events.js';
import { IceServerList } from './ice_servers.js';
import { watch_page } from './page_watch.js';
import { PeerList } from './peer_list.js';
import { Signaling } from './signaling.js';

/** @typedef {import('./call.js').Call} Call */
/** @typedef {import('./types.js').Peer} Peer */

/**
 * @typedef {object} IceboxParts
 * @property {import('./http.js').Server} server
 * @property {string} token
 * @property {import('./certificate.js').Identity} identity
 * @property {string} storage
 * @property {import('./sequence.js').TextStore | null} store
 * @property {RTCConfiguration} rtc
 * @property {import('./environment.js').Environment} environment
 */

/**
 * Events: `state`; `peers`, the list has changed; `call`, one comes in: accept() or reject() it; `message`, what another
 * peer's send() was given; `error`, words for the person: from the server, or about what was lost; `warning`, somebody
 * guesses at this user's one-time passwords.
 * @extends {Emitter<{state: import('./types.js').StateChange, peers: Peer[], call: Call, error: IceboxError,
 *                    warning: import('./types.js').Warning,
 *                    message: {from: {name: string, fp: string | null}, data: any}}>}
 */
export class Icebox extends Emitter {
  #parts;
  #signaling;
  #ice_servers;
  #list = new PeerList();
  #calls;
  #end_watch = () => {};
  #is_closed = false;
  /** @type {import('./types.js').Welcome | null} */
  #welcome = null;

  /** @param {IceboxParts} parts */
  constructor(parts) {
    super();
    const { server, token, identity, environment } = this.#parts = parts;
    const fp = identity.is_kept ? identity.fp : null;
    this.#signaling = new Signaling({ ...parts, server, token, fp });
    this.#ice_servers = new IceServerList(environment, async () => {
      const { iceServers, ttl } = await server.call('GET', 'api/ice-servers', { token });
      return { ice_servers: iceServers, ttl_s: ttl };
    });
    this.#calls = new Calls({
      ...parts, signaling: this.#signaling, ice_servers: this.#ice_servers,
      is_polite_to: (peer) => this.#list.is_polite_to(peer),
    });
    this.#listen();
  }

  /** The user's other devices, as they are now. */
  get peers() { return this.#list.others(); }
  get state() { return this.#signaling.state; }
  /** The name of this device; '' until the server has told. */
  get name() { return this.#list.own_name; }
  get user() { return this.#welcome?.user ?? ''; }
  get fp() { return this.#parts.identity.fp; }
  get calls() { return this.#calls.all; }

  /** Connects, again and again if need be; after 'offline' with `final` too, to take a session back. */
  start() {
    if (this.#is_closed) throw new IceboxError(503, 'closed; connect() anew');
    this.#signaling.start();
  }

  /**
   * Calls a peer, by name or fingerprint. If that peer is calling already, its call is accepted; the call that there
   * is with it already is returned as it is.
   * @param {string} name
   * @param {{streams?: MediaStream[], data?: boolean}} [with_what]  data: with a data channel (default)
   * @returns {Call}
   */
  call(name, with_what = {}) {
    const peer = this.#list.find(name);
    if (!peer) throw new IceboxError(404, `there is no peer '${name}'`);
    return this.#calls.call(peer, with_what);
  }

  /**
   * Sends what JSON can carry over the hub, without a call. Resolves when the peer has got it.
   * @param {string} name
   * @param {any} data
   * @param {{on_queued?: () => void}} [options]  on_queued: the peer is away; it has 30 s to come back
   */
  send(name, data, { on_queued } = {}) {
    return this.#signaling.send(name, 'data', data, on_queued);
  }

  /**
   * A link that lets one more device join, once.
   * @returns {Promise<{url: string, qr_svg?: string, expires_at: number}>}  the end in seconds since 1970
   */
  invite() { return this.#api('POST', 'api/invitations'); }

  /**
   * Lets a device in that waits.
   * @param {string} name  or fingerprint
   */
  verify(name) { return this.#api('POST', 'api/verify', { target: name }); }

  /**
   * Lets this device in, by a one-time password.
   * @param {string} otp
   */
  verify_self(otp) { return this.#api('POST', 'api/verify', { otp }); }

  /**
   * Another name for this device.
   * @param {string} name
   */
  rename(name) { return this.#api('POST', 'api/rename', { name }); }

  /** Has the server forget this device; its token is good no more. */
  async remove() {
    await this.#api('POST', 'api/remove');
    this.close();
  }

  /** Leaves for good: calls end, nothing is tried again. */
  close() {
    this.#is_closed = true;
    this.#leave();
    this.#end_watch();
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  #api(method, path, body = {}) {
    return this.#parts.server.call(method, path, { token: this.#parts.token, body });
  }

  #listen() {
    const signaling = this.#signaling;
    signaling.on('welcome', (welcome) => this.#on_welcome(welcome));
    signaling.on('peer_update', (frame) => this.#on_peer_update(frame));
    signaling.on('ice_servers', (servers) => this.#ice_servers.set(servers));
    signaling.on('relayed', (relayed) => this.#on_relayed(relayed));
    signaling.on('warning', (warning) => this.emit('warning', warning));
    signaling.on('error', (error) => this.emit('error', error));
    signaling.on('state', (change) => this.#on_state(change));
    this.#calls.on('call', (call) => this.emit('call', call));
    this.#calls.on('error', (error) => this.emit('error', error));
    const { window = null, document = null, navigator } = /** @type {any} */ (globalThis);
    this.#end_watch = watch_page({ window, document, network: navigator?.connection ?? null }, this.#parts.environment, {
      check: () => this.#check(),
      network_changed: () => this.#on_network_change(),
      hide: () => this.#leave(),
      show: () => this.start(),
    });
  }

  /** @param {import('./types.js').Welcome} welcome */
  #on_welcome(welcome) {
    this.#welcome = welcome;
    this.#list.set(welcome);
    this.emit('peers', this.peers);
  }

  /** @param {import('./types.js').StateChange} change */
  #on_state(change) {
    this.emit('state', change);
    if (change.state === 'online') this.#calls.handle_chance();
  }

  /** @param {import('./types.js').PeerUpdate} frame */
  #on_peer_update(frame) {
    const { peer, has_come } = this.#list.update(frame);
    this.emit('peers', this.peers);
    if (peer && has_come) this.#calls.handle_arrival(peer);
  }

  #check() {
    this.#signaling.check();
    this.#calls.handle_chance();
  }

  async #on_network_change() {
    this.#signaling.check();
    await this.#ice_servers.refresh();
    this.#calls.handle_network_change();
  }

  #leave() {
    this.#calls.hang_up();
    this.#signaling.stop();
  }

  /** @param {import('./types.js').Relayed} relayed */
  #on_relayed(relayed) {
    if (is_about_call(relayed)) return this.#calls.receive(relayed);
    const { source_fp, source_name, body } = relayed;
    try {
      check_data(body, source_fp);
    } catch (error) {
      const { code, message } = /** @type {IceboxError} */ (error);
      return this.emit('error', new IceboxError(code, `a message of ${source_name} was refused: ${message}`));
    }
    this.emit('message', { from: { name: source_name, fp: source_fp }, data: body });
  }
}
