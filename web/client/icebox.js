// One device on an icebox server: who else is there, calls, messages.
import { Call, kCallKey } from './call.js';
import { IceboxError } from './errors.js';
import { Emitter } from './events.js';
import { IceServerList } from './ice_servers.js';
import { watch_page } from './page_watch.js';
import { PeerList, key_of } from './peer_list.js';
import { Signaling } from './signaling.js';

/** @typedef {import('./types.js').Peer} Peer */
/** @typedef {import('./types.js').Relayed} Relayed */

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
 * peer's send() was given; `error`, words for the person: from the server, or about what was lost.
 * @extends {Emitter<{state: import('./types.js').StateChange, peers: Peer[], call: Call, error: IceboxError,
 *                    message: {from: {name: string, fp: string | null}, data: any}}>}
 */
export class Icebox extends Emitter {
  #parts;
  #signaling;
  #ice_servers;
  #list = new PeerList();
  /** @type {Map<string, Call>} by the other side's key: one call per pair */
  #calls = new Map();
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
      const { iceServers, ttl } = await server.call('GET', '/api/ice-servers', { token });
      return { ice_servers: iceServers, ttl_s: ttl };
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
  get calls() { return [...this.#calls.values()]; }

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
    const current = this.#calls.get(key_of(peer));
    if (current) {
      current.accept(with_what);  // if it rings
      return current;
    }
    const call = this.#add_call(peer, random_id(), false);
    // Credentials may have ended while the device slept.
    this.#ice_servers.refresh().then(() => call.start(with_what));
    return call;
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
  invite() { return this.#api('POST', '/api/invitations'); }

  /**
   * Lets a device in that waits.
   * @param {string} name  or fingerprint
   */
  verify(name) { return this.#api('POST', '/api/verify', { target: name }); }

  /**
   * Lets this device in, by a one-time password.
   * @param {string} otp
   */
  verify_self(otp) { return this.#api('POST', '/api/verify', { otp }); }

  /**
   * Another name for this device.
   * @param {string} name
   */
  rename(name) { return this.#api('POST', '/api/rename', { name }); }

  /** Has the server forget this device; its token is good no more. */
  async remove() {
    await this.#api('POST', '/api/remove');
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
    signaling.on('error', (error) => this.emit('error', error));
    signaling.on('state', (change) => this.#on_state(change));
    this.#ice_servers.on('changed', (servers) => this.calls.forEach((call) => call.set_ice_servers(servers)));
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
    if (change.state === 'online') this.calls.forEach((call) => call.handle_chance());
  }

  /** @param {import('./types.js').PeerUpdate} frame */
  #on_peer_update(frame) {
    const { peer, has_come } = this.#list.update(frame);
    this.emit('peers', this.peers);
    const call = peer && this.#calls.get(key_of(peer));
    if (!has_come || !call) return;
    if (call.state === 'calling') call.repeat_offer();  // the page that got it is gone
    call.handle_chance();
  }

  #check() {
    this.#signaling.check();
    this.calls.forEach((call) => call.handle_chance());
  }

  async #on_network_change() {
    this.#signaling.check();
    await this.#ice_servers.refresh();
    this.calls.forEach((call) => call.handle_network_change());
  }

  #leave() {
    this.calls.forEach((call) => call.hang_up());
    this.#signaling.stop();
  }

  /** @param {Relayed} relayed */
  #on_relayed({ source_fp, source_name, kind, body }) {
    const from = { name: source_name, fp: source_fp };
    const call = this.#calls.get(key_of(from));
    if (kind === 'data') {
      if (typeof body?.[kCallKey] !== 'string') return this.emit('message', { from, data: body });
      if (call?.id === body[kCallKey]) call.end(body.end === 'declined' ? 'declined' : 'left');
      return;
    }
    const id = body?.call ?? '';
    if (call && call.id === id) return call.receive(kind, body);
    if (kind === 'offer') this.#on_other_offer(from, id, body, call);
  }

  /**
   * An offer that belongs to no call, or to another than the one there is.
   * @param {{name: string, fp: string | null}} from
   * @param {string} id
   * @param {any} body
   * @param {Call | undefined} current
   */
  #on_other_offer(from, id, body, current) {
    if (current?.state === 'calling') {  // both call at once
      if (!current.polite) return current.repeat_offer();
      current.adopt(id);
      return current.receive('offer', body);
    }
    if (body.again)  // of a call that this page, loaded anew, knows nothing of
      return void this.#signaling.send(from.fp ?? from.name, 'data', { [kCallKey]: id, end: 'left' }).catch(() => {});
    current?.end('replaced');
    const call = this.#add_call(from, id, true);
    call.receive('offer', body);
    this.emit('call', call);
  }

  /**
   * @param {{name: string, fp: string | null}} peer
   * @param {string} id
   * @param {boolean} is_incoming
   */
  #add_call(peer, id, is_incoming) {
    const { identity, rtc, environment } = this.#parts;
    const target = peer.fp ?? peer.name;
    const key = key_of(peer);
    const call = new Call({
      id, is_incoming, environment, peer: { name: peer.name, fp: peer.fp },
      polite: this.#list.is_polite_to(peer),
      configuration: { ...rtc, certificates: [identity.certificate], iceServers: this.#ice_servers.current },
      send: (kind, body) => this.#signaling.send(target, kind, body),
      is_online: () => this.#signaling.state === 'online',
      reach_hub: () => this.#signaling.reach(),
    });
    this.#calls.set(key, call);
    this.#signaling.watch(true);
    call.on('state', ({ state }) => {
      if (state === 'connected') this.#signaling.retry();
      if (state === 'ended' && this.#calls.get(key) === call) this.#calls.delete(key);
      if (this.#calls.size === 0) this.#signaling.watch(false);
    });
    return call;
  }
}

// Not randomUUID(), which pages that came over plain HTTP do not have.
function random_id() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((word) => word.toString(36)).join('-');
}
