// The connections of a call, one after the other: each negotiates and is mended when the network changes; when it is
// beyond that, both sides put a fresh one in its place. Signals say by a number, `generation`, of which one they are.
import { Delivery } from './delivery.js';
import { IceboxError } from './errors.js';
import { Link } from './link.js';
import { Recovery, is_beyond_recovery } from './recovery.js';

const kFarewellMilliseconds = 15_000;

/** @typedef {'offer' | 'answer' | 'candidate'} Signal */

/**
 * @typedef {object} SuccessionOptions
 * @property {RTCConfiguration} configuration
 * @property {boolean} polite
 * @property {import('./environment.js').Environment} environment
 * @property {(kind: Signal, body: any) => Promise<void>} send
 * @property {() => boolean} may_offer
 * @property {() => boolean} is_online  the hub is there
 * @property {() => Promise<void>} reach_hub  resolves when it has answered
 */

/**
 * @typedef {object} SuccessionEvents
 * @property {(event: RTCTrackEvent) => void} track
 * @property {(data: any) => void} data
 * @property {(channel: RTCDataChannel) => void} channel  one that the other side opened besides
 * @property {(state: RTCPeerConnectionState) => void} state
 * @property {() => void} replaced
 * @property {(error: unknown) => void} refused  a description did not arrive, or does not fit
 * @property {() => void} lost
 */

export class Succession {
  #options;
  #events;
  #link;
  #generation = 0;
  #can_renew = false;  // the other side counts connections too
  #delivery;
  #recovery;
  #must_negotiate = false;  // wanted, but not before the next chance
  #must_wait = false;       // an offer was not delivered: the next one would not be either
  #is_reaching = false;     // for the hub, before an offer
  #channel_closed_at_ms = -Infinity;
  /** @type {any} */
  #farewell_timer = null;

  /**
   * @param {SuccessionOptions} options
   * @param {SuccessionEvents} events
   */
  constructor(options, events) {
    this.#options = options;
    this.#events = events;
    this.#delivery = new Delivery(options.environment, { received: events.data, closed: () => this.#on_channel_closed() });
    this.#recovery = new Recovery(options.environment, {
      restart: (is_in_vain) => this.#restart(is_in_vain),
      lost: events.lost,
      polite: options.polite,
    });
    this.#link = this.#make_link();
  }

  get connection() { return this.#link.connection; }
  get channel() { return this.#delivery.channel; }
  get buffered_bytes() { return this.#delivery.buffered_bytes; }

  /** First the channel ends, then the path: the other side has closed both, and its word did not get through the hub. */
  get was_closed_there() {
    return this.#options.environment.now_ms() - this.#channel_closed_at_ms < kFarewellMilliseconds;
  }

  /**
   * @param {MediaStream[]} streams
   * @param {boolean} data
   */
  add(streams, data) {
    this.#link.add(streams);
    if (data) this.#delivery.open_on(this.connection);
  }

  /** @param {string | ArrayBuffer} data */
  send(data) {
    if (!this.#can_renew && this.channel?.readyState === 'closed')
      throw new IceboxError(410, 'the data channel did not outlive a long time without network; call again');
    this.#delivery.send(data);
  }

  /**
   * @param {Signal} kind
   * @param {any} body
   */
  receive(kind, body) {
    const generation = Number.isSafeInteger(body.generation) ? body.generation : 0;
    if (generation < this.#generation) return;  // of a connection that is gone
    const is_newer = generation > this.#generation;
    if (is_newer && kind !== 'offer') return;
    // When both have made the first offer, taking ours back is where browsers differ: a fresh connection has none.
    if (is_newer || (kind === 'offer' && this.#options.polite && this.#link.has_only_offered))
      this.#replace(generation, { offer: false });
    if (Number.isSafeInteger(body.heard)) {
      this.#can_renew = true;
      this.#delivery.handle_count(body.heard);
    }
    this.#link.receive(kind, body);
  }

  repeat_offer() {
    this.#link.repeat_offer();
  }

  /** @param {RTCIceServer[]} iceServers */
  set_ice_servers(iceServers) {
    this.#options.configuration = { ...this.#options.configuration, iceServers };
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

  /** The next offer waits for a chance, or for Recovery's time. */
  postpone_offer() {
    this.#must_wait = this.#must_negotiate = true;
  }

  close() {
    this.#recovery.stop();
    this.#options.environment.clear_timeout(this.#farewell_timer);
    this.#delivery.close();
    this.#link.close();
  }

  #make_link() {
    const { track, channel, refused } = this.#events;
    return new Link(this.#options.configuration, this.#options.polite, {
      track, channel,
      send: (kind, body) => this.#signal(kind, body),
      needed: () => this.#negotiate(),
      settled: () => this.#recovery.handle_negotiated(),
      failed: refused,
      state: (state) => this.#on_state(state),
    });
  }

  /**
   * The other side learns of it by an offer, or has made one.
   * @param {number} generation
   * @param {{offer: boolean}} options
   */
  #replace(generation, options) {
    const old = this.#link;
    this.#generation = generation;
    this.#must_negotiate = this.#must_wait = false;
    this.#channel_closed_at_ms = -Infinity;
    this.#link = this.#make_link();
    this.#link.take_over(old, options);
    if (this.channel) this.#delivery.open_on(this.connection);
    old.close();
    this.#recovery.handle_renewed();
    this.#events.replaced();
  }

  #renew() {
    this.#replace(this.#generation + 1, { offer: true });
  }

  #negotiate() {
    if (!this.#options.may_offer()) return;
    this.#must_negotiate = this.#must_wait || this.#recovery.is_broken || !this.#options.is_online();
    if (!this.#must_negotiate) this.#link.offer();
    else if (!this.#must_wait) this.#offer_when_reached();
  }

  // An offer made without network names no address of the next one, and Firefox calls its connection failed at once. That
  // the hub is away too has perhaps not been noticed yet.
  async #offer_when_reached() {
    if (this.#is_reaching) return;
    this.#is_reaching = true;
    const is_reached = await this.#options.reach_hub().then(() => true, () => false);
    this.#is_reaching = false;
    if (!is_reached || !this.#must_negotiate || !this.#options.may_offer()) return;
    this.#must_negotiate = false;
    this.#link.offer();
  }

  /** @param {boolean} is_in_vain */
  #restart(is_in_vain) {
    const { connection } = this;
    const is_dead = is_beyond_recovery(connection);
    if (is_dead && !this.#can_renew) return this.#events.lost();
    if (is_dead || (is_in_vain && this.#can_renew && connection.remoteDescription)) return this.#renew();
    this.#must_wait = false;
    if (connection.signalingState !== 'stable') return this.#link.repeat_offer();
    connection.restartIce();
    if (this.#must_negotiate) this.#negotiate();  // the browser says only once that it is needed
  }

  /** @param {RTCPeerConnectionState} state */
  #on_state(state) {
    this.#events.state(state);
    if (this.connection.signalingState !== 'closed') this.#recovery.handle_state(state);
  }

  // The other side hung up and its word is on the way; or SCTP did not outlive a long time without network.
  #on_channel_closed() {
    const { environment } = this.#options;
    const generation = this.#generation;
    this.#channel_closed_at_ms = environment.now_ms();
    this.#farewell_timer = environment.set_timeout(() => {
      if (this.#can_renew && generation === this.#generation) this.#renew();
    }, kFarewellMilliseconds);
  }

  /**
   * @param {Signal} kind
   * @param {any} body
   */
  #signal(kind, body) {
    return this.#options.send(kind, {
      ...body, generation: this.#generation,
      ...(kind !== 'candidate' && { heard: this.#delivery.heard_before }),
      ...(kind === 'offer' && { data: this.channel !== null }),
    });
  }
}
