// A WebSocket that comes back: opens, opens again after a jittered wait, finds out when it is dead, and knows when
// to stop trying.
import { Backoff } from './backoff.js';
import { IceboxError } from './errors.js';
import { Emitter } from './events.js';

const kOpenPatienceMilliseconds = 15_000;  // from the first SYN to the server's first message
const kAnswerPatienceMilliseconds = 4_000;
const kSteadyMilliseconds = 5_000;         // a connection that lasted less does not shorten the next wait
const kPolicyPauseMilliseconds = 10_000;
const kTriesPerQuestion = 4;               // failed tries per look at why
const kTriesBeforeObstacle = 2;            // that were the first ones of all: one may be bad luck
const kAbnormal = 1006;                    // no close frame, as browsers call it
const kTakenOver = 4001;
const kLateMilliseconds = 150_000;         // a system gives up a TCP connection after some two minutes of asking
// A path may die without a word, and a page does not see the server's pings. Late timers do no harm.
const kQuietMilliseconds = 120_000;
const kCloseWatchMilliseconds = 12_000;

/** @typedef {import('./environment.js').Environment} Environment */
/** @typedef {import('./environment.js').Socket} Socket */

/**
 * What a close code asks of a client: `error` to tell, `final` to stop, else at least `pause_ms` before the next try.
 * @param {number} code
 * @param {string} reason
 * @returns {{error: IceboxError | null, final: boolean, pause_ms: number}}
 */
export function verdict_on_close(code, reason) {
  switch (code) {
    case kTakenOver: return { error: new IceboxError(409, 'this peer connected from elsewhere'), final: true, pause_ms: 0 };
    case 4002: return { error: new IceboxError(401, 'this peer or its token is gone; ask for a new invitation'), final: true,
                        pause_ms: 0 };
    case 1008: return { error: new IceboxError(403, reason || 'the server closed the connection'), final: false,
                        pause_ms: kPolicyPauseMilliseconds };
    default: return { error: null, final: false, pause_ms: 0 };
  }
}

/**
 * Events: `opened`; `text`, a message; `closed`, with the code, after which `retry_ms` or `final` says what follows;
 * `error`.
 * @extends {Emitter<{opening: null, opened: null, text: string, error: IceboxError,
 *                    closed: {code: number, final: boolean, retry_ms: number}}>}
 */
export class SteadySocket extends Emitter {
  /** @type {Socket | null} */
  #socket = null;
  /** @type {'stopped' | 'opening' | 'open' | 'pausing'} */
  #phase = 'stopped';
  #environment;
  #address;
  #refusal;
  #obstacle;
  #ask;
  #backoff;
  #failed_tries = 0;
  #was_open = false;
  /** @type {number[]} when tries were given up of which the server may hear yet */
  #given_up_at_ms = [];
  #since_ms = 0;  // when the phase began
  /** @type {any} the pause before the next try, or the wait for the server's word */
  #timer = null;
  /** @type {any} */
  #doubt_timer = null;
  /** @type {any} */
  #quiet_timer = null;
  #heard_at_ms = 0;
  #quiet_ms = kQuietMilliseconds;

  /**
   * @param {object} options
   * @param {Environment} options.environment
   * @param {() => {url: string, protocols: string[]}} options.address  asked at each try
   * @param {() => Promise<IceboxError | null>} options.refusal  why the server would not open it; null: no idea
   * @param {() => Promise<IceboxError | null>} options.obstacle  what may keep it from opening; null: no idea
   * @param {() => void} options.ask  sends something that the server answers
   */
  constructor({ environment, address, refusal, obstacle, ask }) {
    super();
    this.#environment = environment;
    this.#address = address;
    this.#refusal = refusal;
    this.#obstacle = obstacle;
    this.#ask = ask;
    this.#backoff = new Backoff(environment.random);
  }

  get is_stopped() {
    return this.#phase === 'stopped';
  }

  start() {
    if (this.is_stopped) this.#open();
  }

  /** Closes without a word to the handlers. */
  stop() {
    this.#let_go()?.close(1000);
    this.#enter('stopped');
  }

  /**
   * False: not open, nothing sent.
   * @param {string} text
   */
  send(text) {
    if (this.#phase !== 'open' || this.#socket?.readyState !== 1) return false;
    this.#socket.send(text);
    return true;
  }

  /**
   * Whether somebody depends on news that may come at any time: then silence is suspect sooner.
   * @param {boolean} is_close
   */
  watch(is_close) {
    this.#quiet_ms = is_close ? kCloseWatchMilliseconds : kQuietMilliseconds;
    if (this.#phase === 'open') this.#listen_for_quiet();
  }

  /** The next try is worth while now. */
  retry() {
    if (this.#phase === 'pausing') this.#open();
  }

  /** Something happened that may have cut the connection, or made the next try worth while. */
  check() {
    this.retry();
    const opening_for_ms = this.#environment.now_ms() - this.#since_ms;
    if (this.#phase === 'opening' && opening_for_ms > kOpenPatienceMilliseconds) this.#drop();
    if (this.#phase !== 'open' || this.#doubt_timer !== null) return;
    this.#doubt_timer = this.#environment.set_timeout(() => this.#drop(), kAnswerPatienceMilliseconds);
    this.#ask();
  }

  #open() {
    this.#enter('opening');
    const { url, protocols } = this.#address();
    const socket = this.#socket = this.#environment.open_socket(url, protocols);
    const still = () => socket === this.#socket;
    this.#timer = this.#environment.set_timeout(() => still() && this.#drop(), kOpenPatienceMilliseconds);
    socket.onopen = () => still() && this.emit('opened', null);
    socket.onmessage = ({ data }) => still() && typeof data === 'string' && this.#on_text(data);
    socket.onclose = ({ code, reason }) => still() && this.#on_close(code, reason);
    this.emit('opening', null);
  }

  /** @param {string} text */
  #on_text(text) {
    this.#end_doubt();
    this.#heard_at_ms = this.#environment.now_ms();
    if (this.#phase === 'opening') {
      this.#enter('open');
      this.#was_open = true;
      this.#listen_for_quiet();
    }
    this.emit('text', text);
  }

  #listen_for_quiet() {
    this.#environment.clear_timeout(this.#quiet_timer);
    const left_ms = this.#quiet_ms - (this.#environment.now_ms() - this.#heard_at_ms);
    if (left_ms <= 0) this.check();
    this.#quiet_timer = this.#environment.set_timeout(() => this.#listen_for_quiet(), left_ms <= 0 ? this.#quiet_ms : left_ms);
  }

  // The socket may take minutes to notice that it is dead.
  #drop() {
    const socket = this.#socket;
    if (this.#phase === 'opening') this.#given_up_at_ms = [...this.#late_tries(), this.#environment.now_ms()];
    this.#on_close(kAbnormal, '');
    socket?.close();
  }

  // Firefox 153 goes on with a connection that was closed before it was there. If the server comes within reach while
  // there is such a one besides its successor, it may arrive last, and take over from the one that is in use.
  /** @param {number} code */
  #is_own_doing(code) {
    if (code !== kTakenOver) return false;
    const [one, ...others] = this.#late_tries();
    this.#given_up_at_ms = others;  // each can do so once
    return one !== undefined;
  }

  #late_tries() {
    const since_ms = this.#environment.now_ms() - kLateMilliseconds;
    return this.#given_up_at_ms.filter((at_ms) => at_ms > since_ms);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #on_close(code, reason) {
    const lasted_ms = this.#phase === 'open' ? this.#environment.now_ms() - this.#since_ms : 0;
    const never_opened = this.#phase === 'opening';
    this.#let_go();
    this.#failed_tries = never_opened ? this.#failed_tries + 1 : 0;
    if (lasted_ms >= kSteadyMilliseconds) this.#backoff.reset();
    const { error, final, pause_ms } = verdict_on_close(this.#is_own_doing(code) ? kAbnormal : code, reason);
    if (final) return this.#end(code, error);
    const retry_ms = Math.max(this.#backoff.next_ms(), pause_ms);
    this.#enter('pausing');
    this.#timer = this.#environment.set_timeout(() => this.#open(), retry_ms);
    this.emit('closed', { code, final: false, retry_ms });
    if (error) this.emit('error', error);
    if (never_opened && this.#failed_tries % kTriesPerQuestion === 1) this.#find_out_why();
    if (never_opened && this.#failed_tries === kTriesBeforeObstacle && !this.#was_open) this.#tell_obstacle();
  }

  // The tries go on: it may be somebody else's to remove.
  async #tell_obstacle() {
    const error = await this.#obstacle();
    if (error && !this.#was_open && !this.is_stopped) this.emit('error', error);
  }

  // A browser does not say with which status a server refused to open a WebSocket.
  async #find_out_why() {
    const error = await this.#refusal();
    if (error && (this.#phase === 'pausing' || this.#phase === 'opening')) {
      this.#let_go()?.close();
      this.#end(kAbnormal, error);
    }
  }

  /**
   * @param {number} code
   * @param {IceboxError | null} error
   */
  #end(code, error) {
    this.#enter('stopped');
    this.emit('closed', { code, final: true, retry_ms: 0 });
    if (error) this.emit('error', error);
  }

  /** @param {'stopped' | 'opening' | 'open' | 'pausing'} phase */
  #enter(phase) {
    this.#environment.clear_timeout(this.#timer);
    this.#timer = null;
    this.#phase = phase;
    this.#since_ms = this.#environment.now_ms();
  }

  #let_go() {
    const socket = this.#socket;
    this.#socket = null;
    this.#end_doubt();
    this.#environment.clear_timeout(this.#quiet_timer);
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    return socket;
  }

  #end_doubt() {
    this.#environment.clear_timeout(this.#doubt_timer);
    this.#doubt_timer = null;
  }
}
