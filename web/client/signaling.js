// The hub's messages over one steady socket: a session that outlives connections, receipts, nothing lost or doubled.
// The wire: `GET /ws`, dialect of icebox.v1.
import { Confirmation } from './confirmation.js';
import { IceboxError } from './errors.js';
import { Emitter } from './events.js';
import { Inbox } from './inbox.js';
import { Outbox } from './outbox.js';
import { OutboxWatch } from './outbox_watch.js';
import { Sequence, sequence_key } from './sequence.js';
import { SteadySocket } from './steady_socket.js';

const kPing = 'icebox-ping';
/** @type {import('./types.js').Kind[]} */
const kKinds = ['offer', 'answer', 'candidate', 'data'];

/** @typedef {import('./environment.js').Environment} Environment */
/** @typedef {import('./types.js').Kind} Kind */

/**
 * @typedef {object} SignalingOptions
 * @property {import('./http.js').Server} server
 * @property {string} token
 * @property {string | null} fp
 * @property {import('./sequence.js').TextStore | null} store
 * @property {string} storage  name of what is kept in the store
 * @property {Environment} environment
 */

/**
 * Events: `welcome`, for each connection; `relayed`; `peer_update`; `ice_servers`; `state`; `error`, of the server or
 * about what was lost.
 * @extends {Emitter<{welcome: import('./types.js').Welcome, relayed: import('./types.js').Relayed,
 *                    peer_update: import('./types.js').PeerUpdate,
 *                    ice_servers: import('./types.js').IceServers, state: import('./types.js').StateChange,
 *                    warning: import('./types.js').Warning, error: IceboxError}>}
 */
export class Signaling extends Emitter {
  #options;
  #environment;
  #socket;
  #inbox = new Inbox();
  #outbox;
  #confirmation;
  #outbox_watch;
  #sequence;
  #session = '';
  #self = '';  // how this peer is addressed
  /** @type {any} the end of a pause that the server asked for */
  #pump_timer = null;
  /** @type {import('./types.js').State} */
  #state = 'offline';

  /** @param {SignalingOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    const environment = this.#environment = options.environment;
    this.#sequence = new Sequence(options.store, sequence_key(options.storage), environment.now_ms());
    this.#outbox = new Outbox(() => this.#sequence.next());
    this.#socket = new SteadySocket({
      environment,
      address: () => this.#address(),
      refusal: () => options.server.refusal(options.token),
      obstacle: () => options.server.obstacle(options.token),
      ask: () => this.#ask(),
    });
    this.#confirmation = new Confirmation(environment, this.#inbox, (text) => this.#socket.send(text));
    this.#outbox_watch = new OutboxWatch(environment, this.#outbox, () => {
      if (this.#state === 'online') this.#socket.check();
    });
    this.#socket.on('opening', () => this.#enter({ state: 'connecting', final: false }));
    this.#socket.on('text', (text) => this.#on_text(text));
    this.#socket.on('closed', (closed) => this.#on_closed(closed));
    this.#socket.on('error', (error) => this.emit('error', error));
  }

  get state() {
    return this.#state;
  }

  start() {
    this.#socket.start();
  }

  /** Leaves the hub, to start() again perhaps; then the session goes on if the server still has it. */
  stop() {
    this.#confirmation.now();
    this.#end_pause();
    this.#socket.stop();
    this.#enter({ state: 'offline', final: true });
  }

  /**
   * A call is going on: its other side may change networks at any time, and tells so over the hub.
   * @param {boolean} is_close
   */
  watch(is_close) {
    this.#socket.watch(is_close);
  }

  /** The network is there: do not wait for the next try. */
  retry() {
    this.#socket.retry();
  }

  /** Resolves when the hub has answered, over a new connection if the present one is dead; rejects with IceboxError. */
  reach() {
    const answered = this.send(this.#self, 'data', { [kPing]: true });
    this.#socket.check();
    return answered;
  }

  /** Something may have happened to the connection: find out now. */
  check() {
    this.#outbox.expire(this.#environment.now_ms());
    this.#socket.check();
  }

  /**
   * Resolves when the target has got it, at once or after a reconnection. Rejects with IceboxError.
   * @param {string} target  fingerprint or name
   * @param {Kind} kind
   * @param {any} body  what JSON can carry
   * @param {() => void} [on_queued]  the target is away; the server holds the message for a while
   * @returns {Promise<void>}
   */
  send(target, kind, body, on_queued) {
    if (this.#socket.is_stopped) return Promise.reject(new IceboxError(503, 'not connected to the server'));
    if (this.#state === 'waiting')
      return Promise.reject(new IceboxError(401, 'this peer is not verified yet; another device of the user can do so'));
    const message = { target, [kind]: body ?? null };
    const receipt = this.#outbox.add({ message, now_ms: this.#environment.now_ms(), on_queued });
    this.#pump();
    this.#outbox_watch.start();
    return receipt;
  }

  // Sends what may be sent now.
  #pump() {
    if (this.#state !== 'online') return;
    const now_ms = this.#environment.now_ms();
    for (const frame of this.#outbox.take(now_ms)) this.#socket.send(frame);
    this.#end_pause();
    const chance_ms = this.#outbox.next_chance_ms(now_ms);
    if (chance_ms !== null) this.#pump_timer = this.#environment.set_timeout(() => this.#pump(), chance_ms - now_ms);
  }

  #end_pause() {
    this.#environment.clear_timeout(this.#pump_timer);
    this.#pump_timer = null;
  }

  #address() {
    const { server, token, fp } = this.#options;
    const query = new URLSearchParams({ confirm: '1' });
    if (fp) query.set('fp', fp);
    if (this.#session) {
      query.set('session', this.#session);
      query.set('last_seq', String(this.#inbox.last_n));
    }
    return { url: server.socket_url(query), protocols: ['icebox.v1', `icebox.token.${token}`] };
  }

  // To itself: the receipt proves that the hub is there. Not in the outbox: never sent again.
  #ask() {
    this.#socket.send(JSON.stringify({ target: this.#self, data: { [kPing]: true }, id: this.#sequence.next() }));
  }

  /** @param {string} text */
  #on_text(text) {
    /** @type {any} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      frame = null;
    }
    if (typeof frame !== 'object' || frame === null) return;
    if (typeof frame.session === 'string') return this.#on_welcome(frame);
    if (typeof frame.n === 'number') {
      const { is_new, missed } = this.#inbox.take_number(frame.n);
      this.#confirmation.soon();
      if (!is_new) return;
      if (missed) this.emit('error', new IceboxError(410, `${missed} messages came while away and were not kept`));
    }
    this.#dispatch(frame);
  }

  /** @param {any} frame */
  #dispatch(frame) {
    if (typeof frame.ack === 'number') return this.#on_ack(frame);
    if (typeof frame.nack === 'number') return this.#on_nack(frame.nack, frame);
    if (typeof frame.code === 'number') return this.#on_error(frame);
    if (frame.peer_update) return this.emit('peer_update', frame);
    if (typeof frame.warning === 'string') return this.emit('warning', frame);
    if (Array.isArray(frame.ice_servers)) return this.#on_ice_servers(frame);
    const kind = kKinds.find((each) => each in frame);
    if (kind) this.#on_relayed(frame, kind);
  }

  /** @param {{ack: number, status: string}} frame */
  #on_ack({ ack, status }) {
    this.#outbox.acknowledge(ack, status);
    this.#pump();
  }

  /**
   * @param {number} id
   * @param {{code: number, text: string, retry_after_ms?: number}} frame
   */
  #on_nack(id, { code, text, retry_after_ms }) {
    const now_ms = this.#environment.now_ms();
    const refusal = new IceboxError(code, text);
    if (code === 429) this.#outbox.postpone(id, refusal, now_ms, retry_after_ms);
    else if (code === 507) this.#outbox.postpone_for_receiver(id, refusal, now_ms, retry_after_ms);
    else if (code === 409) this.#outbox.renumber(id, refusal);
    else this.#outbox.refuse(id, refusal);
    this.#pump();
  }

  /** @param {any} frame */
  #on_welcome(frame) {
    const resumed = frame.resumed === true && frame.session === this.#session;
    if (!resumed) {
      this.#inbox.start_session();
      this.#confirmation.start_session();
    }
    this.#session = frame.session;
    this.#self = frame.fp || frame.name;
    this.emit('welcome', { ...frame, resumed });
    if (Array.isArray(frame.ice_servers)) this.#on_ice_servers(frame);
    const now_ms = this.#environment.now_ms();
    this.#outbox.expire(now_ms);
    if (Number.isSafeInteger(frame.max_message)) this.#outbox.most_bytes = frame.max_message;
    for (const again of this.#outbox.frames_to_resend(resumed, now_ms)) this.#socket.send(again);
    this.#enter({ state: 'online', final: false });
    this.#pump();
  }

  /** @param {any} frame */
  #on_ice_servers({ ice_servers, ice_servers_ttl, ttl }) {
    this.emit('ice_servers', { ice_servers, ttl_s: ice_servers_ttl ?? ttl ?? 3600 });
  }

  /** @param {{code: number, text: string, id?: number}} frame */
  #on_error(frame) {
    const { code, text, id } = frame;
    if (typeof id === 'number') return this.#on_nack(id, frame);
    const error = new IceboxError(code, text);
    if (code === 413) return this.#outbox.refuse_largest();  // which one, the server did not read
    if (code === 401) this.#enter({ state: 'waiting', final: false });
    this.emit('error', error);
  }

  /**
   * @param {any} frame
   * @param {Kind} kind
   */
  #on_relayed(frame, kind) {
    const body = frame[kind];
    if (kind === 'data' && body?.[kPing]) return;
    const { source_fp = null, source_name = '', seq, id } = frame;
    if (typeof id === 'number' && this.#inbox.is_double(source_fp ?? source_name, id, JSON.stringify(body))) return;
    this.emit('relayed', { source_fp, source_name, seq, kind, body });
  }

  /** @param {{code: number, final: boolean, retry_ms: number}} closed */
  #on_closed({ code, final, retry_ms }) {
    if (code === 1009) this.#outbox.refuse_largest();
    if (final) this.#end_pause();
    if (final) this.#outbox.refuse_all(new IceboxError(503, 'not connected to the server any more'));
    this.#enter(final ? { state: 'offline', final } : { state: 'offline', final, retry_ms });
  }

  /** @param {import('./types.js').StateChange} change */
  #enter(change) {
    if (this.#state === change.state && !change.final && change.retry_ms === undefined) return;
    this.#state = change.state;
    this.emit('state', change);
  }
}
