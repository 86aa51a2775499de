// The calls of this device, one per pair of devices: whose a message is, and what comes of two calls at once.
import { Call, kCallKey } from './call.js';
import { candidate_of, description_of } from './descriptions.js';
import { IceboxError } from './errors.js';
import { Emitter } from './events.js';
import { key_of } from './peer_list.js';

/** @typedef {{name: string, fp: string | null}} Address */
/** @typedef {{streams?: MediaStream[], data?: boolean}} CallOptions */

/**
 * @typedef {object} CallsParts
 * @property {import('./signaling.js').Signaling} signaling
 * @property {import('./ice_servers.js').IceServerList} ice_servers
 * @property {(peer: Address) => boolean} is_polite_to
 * @property {import('./certificate.js').Identity} identity
 * @property {RTCConfiguration} rtc
 * @property {import('./environment.js').Environment} environment
 */

/**
 * Whether a message is about a call, not of a peer's own.
 * @param {import('./types.js').Relayed} relayed
 */
export function is_about_call({ kind, body }) {
  return kind !== 'data' || typeof body?.[kCallKey] === 'string';
}

/**
 * What a call is given: the checked description or candidate, and what calls say besides.
 * @param {import('./types.js').Relayed} relayed  not of kind `data`
 */
function signal_of({ source_fp, kind, body }) {
  const { generation, heard, data, again } = body ?? {};
  const checked = kind === 'candidate' ? candidate_of(body)
    : description_of(/** @type {'offer' | 'answer'} */ (kind), body, source_fp);
  return { ...checked, generation, heard, data, again };
}

/** @param {any} body */
function id_of(body) {
  return typeof body?.call === 'string' ? body.call : '';
}

/**
 * Events: `call`, one comes in; `error`, a description that was not fit to be set, or not to be sent.
 * @extends {Emitter<{call: Call, error: IceboxError}>}
 */
export class Calls extends Emitter {
  #parts;
  /** @type {Map<string, Call>} by the other side's key */
  #calls = new Map();

  /** @param {CallsParts} parts */
  constructor(parts) {
    super();
    this.#parts = parts;
    parts.ice_servers.on('changed', (servers) => this.all.forEach((call) => call.set_ice_servers(servers)));
  }

  get all() { return [...this.#calls.values()]; }

  /**
   * A new one, or the one that there is with this peer already, accepted if it rings.
   * @param {Address} peer
   * @param {CallOptions} with_what
   * @returns {Call}
   */
  call(peer, with_what) {
    const current = this.#calls.get(key_of(peer));
    if (current) {
      current.accept(with_what);  // if it rings
      return current;
    }
    const call = this.#add(peer, random_id(), false);
    // Credentials may have ended while the device slept.
    this.#parts.ice_servers.refresh().then(() => call.start(with_what));
    return call;
  }

  /**
   * What is_about_call().
   * @param {import('./types.js').Relayed} relayed
   */
  receive(relayed) {
    const { source_fp, source_name, kind, body } = relayed;
    const from = { name: source_name, fp: source_fp };
    const call = this.#calls.get(key_of(from));
    if (kind === 'data') {
      if (call && call.id === body[kCallKey]) call.end(body.end === 'declined' ? 'declined' : 'left');
      return;
    }
    const id = id_of(body);
    const own = call?.id === id ? call : undefined;
    const signal = this.#checked(relayed, id, own);
    if (signal && own) own.receive(kind, signal);
    else if (signal && kind === 'offer') this.#on_other_offer(from, id, signal, call);
  }

  /**
   * What of a signal is fit to reach a connection; null: nothing, and nobody is asked to accept it.
   * @param {import('./types.js').Relayed} relayed
   * @param {string} id
   * @param {Call | undefined} call  that it is for
   */
  #checked(relayed, id, call) {
    const { kind, source_fp, source_name } = relayed;
    try {
      return signal_of(relayed);
    } catch (error) {
      if (kind === 'candidate') return null;  // of a kind that is not known here, perhaps: no reason to fail
      const { code, message } = /** @type {IceboxError} */ (error);
      this.emit('error', new IceboxError(code, `a call by ${source_name} was refused: ${message}`));
      if (call) call.handle_unfit();
      else if (kind === 'offer') this.#say_left({ name: source_name, fp: source_fp }, id);
      return null;
    }
  }

  /**
   * @param {Address} to
   * @param {string} id
   */
  #say_left(to, id) {
    this.#parts.signaling.send(to.fp ?? to.name, 'data', { [kCallKey]: id, end: 'left' }).catch(() => {});
  }

  /**
   * A peer came online.
   * @param {Address} peer
   */
  handle_arrival(peer) {
    const call = this.#calls.get(key_of(peer));
    if (!call) return;
    if (call.state === 'calling') call.repeat_offer();  // the page that got it is gone
    call.handle_chance();
  }

  /** The hub can be reached, or may be. */
  handle_chance() { this.all.forEach((call) => call.handle_chance()); }
  handle_network_change() { this.all.forEach((call) => call.handle_network_change()); }
  hang_up() { this.all.forEach((call) => call.hang_up()); }

  /**
   * An offer that belongs to no call, or to another than the one there is.
   * @param {Address} from
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
    if (body.again) return this.#say_left(from, id);  // of a call that this page, loaded anew, knows nothing of
    current?.end('replaced');
    const call = this.#add(from, id, true);
    call.receive('offer', body);
    this.emit('call', call);
  }

  /**
   * @param {Address} peer
   * @param {string} id
   * @param {boolean} is_incoming
   */
  #add(peer, id, is_incoming) {
    const { signaling, identity, rtc, environment, ice_servers, is_polite_to } = this.#parts;
    const target = peer.fp ?? peer.name;
    const key = key_of(peer);
    const call = new Call({
      id, is_incoming, environment, peer: { name: peer.name, fp: peer.fp },
      polite: is_polite_to(peer),
      configuration: { ...rtc, certificates: [identity.certificate], iceServers: ice_servers.current },
      send: (kind, body) => signaling.send(target, kind, body),
      is_online: () => signaling.state === 'online',
      reach_hub: () => signaling.reach(),
      report: (error) => this.emit('error', error),
    });
    this.#calls.set(key, call);
    signaling.watch(true);
    call.on('state', ({ state }) => {
      if (state === 'connected') signaling.retry();
      if (state === 'ended' && this.#calls.get(key) === call) this.#calls.delete(key);
      if (this.#calls.size === 0) signaling.watch(false);
    });
    return call;
  }
}

// Not randomUUID(), which pages that came over plain HTTP do not have.
function random_id() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((word) => word.toString(36)).join('-');
}
