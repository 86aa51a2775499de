// What was sent and has no final receipt yet, and what waits to be sent: the server takes so much at once.
import { IceboxError } from './errors.js';
import { Pause } from './pause.js';

const kMostEntries = 4096;  // a call with each of twenty peers, all begun at once, is six hundred
// The server's default for signaling.max_message, until its welcome tells.
const kMostBytes = 64 * 1024;
// Who is slow to answer is suspect, so that little may be on its way to a server that takes fifty messages a second.
const kMostUnderWay = 32;
const kMostBytesUnderWay = 128 * 1024;  // but for one message that is larger
// The server gives up after 30 s and says so; when it could not say so, this ends the wait.
const kPatienceMilliseconds = 45_000;

/**
 * @typedef {object} Entry
 * @property {number} order  counts what was given here
 * @property {number} id  0: never sent, or that one was of no use
 * @property {boolean} was_renumbered
 * @property {string} target
 * @property {string} text  the message without its id: JSON but for the last brace
 * @property {number} bytes  of the message
 * @property {number} made_at_ms
 * @property {number} sent_at_ms
 * @property {IceboxError | null} refusal  the last, after which it waits again
 * @property {boolean} is_queued  the server holds it for a peer that is away
 * @property {() => void} [on_queued]
 * @property {() => void} resolve
 * @property {(error: IceboxError) => void} reject
 */

export class Outbox {
  #next_id;
  /** @type {Map<number, Entry>} by id, which is the order of sending: ids grow */
  #sent = new Map();
  /** @type {Entry[]} in the order in which they were given */
  #waiting = [];
  #given = 0;
  #acknowledged_id = 0;  // the highest
  #most_bytes = kMostBytes;
  #pause = new Pause();
  /** @type {Map<string, Pause>} by the receiver, while it is slow */
  #pauses = new Map();

  /** @param {() => number} next_id  each above all before it */
  constructor(next_id) {
    this.#next_id = next_id;
  }

  get size() {
    return this.#sent.size + this.#waiting.length;
  }

  /** @param {number} bytes  what the server allows for one message */
  set most_bytes(bytes) {
    this.#most_bytes = bytes;
    for (const entry of this.#waiting.filter((each) => each.bytes > bytes))
      this.#reject_waiting(entry, too_large(entry.bytes, bytes));
  }

  /**
   * Takes a message. Resolves when it was delivered; IceboxError when it was not.
   * @param {{message: {target: string}, now_ms: number, on_queued?: () => void}} what
   * @returns {Promise<void>}
   */
  add({ message, now_ms, on_queued }) {
    const text = JSON.stringify(message).slice(0, -1);
    const bytes = new TextEncoder().encode(text).length + `,"id":${Number.MAX_SAFE_INTEGER}}`.length;
    if (bytes > this.#most_bytes) return Promise.reject(too_large(bytes, this.#most_bytes));
    if (this.size >= kMostEntries)
      return Promise.reject(new IceboxError(429, `${kMostEntries} messages wait already; send more slowly`));
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        order: this.#given++, id: 0, was_renumbered: false, target: message.target, text, bytes,
        made_at_ms: now_ms, sent_at_ms: now_ms, refusal: null, is_queued: false, on_queued, resolve, reject,
      });
    });
  }

  /**
   * What to send now, in order; none of it waits any more.
   * @param {number} now_ms
   */
  take(now_ms) {
    /** @type {string[]} */
    const frames = [];
    if (this.#pause.lasts(now_ms)) return frames;
    const under_way = [...this.#sent.values()].filter((entry) => !entry.is_queued);
    let [count, bytes] = [under_way.length, under_way.reduce((sum, entry) => sum + entry.bytes, 0)];
    for (let at = 0; at < this.#waiting.length;) {
      const entry = this.#waiting[at];
      if (this.#pauses.get(entry.target)?.lasts(now_ms)) {
        ++at;
        continue;
      }
      if (count >= kMostUnderWay || (count > 0 && bytes + entry.bytes > kMostBytesUnderWay)) break;
      this.#waiting.splice(at, 1);
      if (entry.id <= this.#highest_used_id) entry.id = this.#next_id();
      this.#sent.set(entry.id, entry);
      entry.sent_at_ms = now_ms;
      [count, bytes] = [count + 1, bytes + entry.bytes];
      frames.push(frame_of(entry));
    }
    return frames;
  }

  /**
   * When take() is worth while again after "too fast" or "full"; null: there is no pause to wait for.
   * @param {number} now_ms
   * @returns {number | null}
   */
  next_chance_ms(now_ms) {
    if (this.#waiting.length === 0) return null;
    if (this.#pause.lasts(now_ms)) return this.#pause.until_ms;
    const ends = this.#waiting.map(({ target }) => this.#pauses.get(target)?.until_ms ?? 0).filter((end_ms) => end_ms > now_ms);
    return ends.length > 0 ? Math.min(...ends) : null;
  }

  // The server takes none that is not above it. A message keeps its id if it can: receivers know by it what they have got.
  get #highest_used_id() {
    return Math.max(this.#acknowledged_id, [...this.#sent.keys()].at(-1) ?? 0);
  }

  /**
   * @param {number} id
   * @param {string} status  'delivered' or 'queued'
   */
  acknowledge(id, status) {
    const entry = this.#sent.get(id);
    if (!entry) return;
    this.#pause.forget();
    this.#pauses.get(entry.target)?.forget();
    this.#acknowledged_id = Math.max(this.#acknowledged_id, id);
    if (status === 'queued') {
      if (!entry.is_queued) entry.on_queued?.();
      entry.is_queued = true;
      return;
    }
    this.#sent.delete(id);
    entry.resolve();
  }

  /**
   * @param {number} id
   * @param {IceboxError} error
   */
  refuse(id, error) {
    const entry = this.#sent.get(id);
    this.#sent.delete(id);
    entry?.reject(error);
  }

  /**
   * Nothing happened with it, because the server has seen a higher id: it needs a new one. Once for each connection;
   * IceboxError after that.
   * @param {number} id
   * @param {IceboxError} refusal
   */
  renumber(id, refusal) {
    const entry = this.#sent.get(id);
    if (!entry || entry.was_renumbered) return this.refuse(id, refusal);
    this.#take_back(id, refusal);
    [entry.id, entry.was_renumbered] = [0, true];
  }

  /**
   * Nothing happened with it, because it came too fast: it waits again, and with it all others for a while.
   * @param {number} id
   * @param {IceboxError} refusal
   * @param {number} now_ms
   * @param {number} [retry_after_ms]  when the server says so
   */
  postpone(id, refusal, now_ms, retry_after_ms) {
    this.#take_back(id, refusal);
    this.#pause.begin(now_ms, retry_after_ms);
  }

  /**
   * Nothing happened with it, because too much waits for its receiver: it waits again, and with it all for the same one.
   * @param {number} id
   * @param {IceboxError} refusal
   * @param {number} now_ms
   * @param {number} [retry_after_ms]
   */
  postpone_for_receiver(id, refusal, now_ms, retry_after_ms) {
    const target = this.#sent.get(id)?.target;
    if (target === undefined) return;
    this.#take_back(id, refusal);
    const pause = this.#pauses.get(target) ?? new Pause();
    this.#pauses.set(target, pause);
    pause.begin(now_ms, retry_after_ms);
  }

  /**
   * What to send again on a new connection, before take(). A session that goes on has what it acknowledged. A fresh one may
   * be a fresh server: all waits again, in the old order, and the receivers know what they have got.
   * @param {boolean} resumed
   * @param {number} now_ms
   */
  frames_to_resend(resumed, now_ms) {
    this.#pause = new Pause();
    this.#pauses.clear();
    if (!resumed) {
      this.#acknowledged_id = 0;
      const again = [...this.#sent.values()];
      for (const entry of again) entry.is_queued = entry.was_renumbered = false;
      this.#waiting.unshift(...again);
      this.#sent.clear();
      return [];
    }
    const again = [...this.#sent.values()].filter((entry) => !entry.is_queued);
    for (const entry of again) [entry.sent_at_ms, entry.was_renumbered] = [now_ms, false];
    return again.map(frame_of);
  }

  /**
   * When the first of those was sent of which the server has said nothing yet; null: there is none.
   * @returns {number | null}
   */
  get unanswered_since_ms() {
    for (const entry of this.#sent.values()) if (!entry.is_queued) return entry.sent_at_ms;
    return null;
  }

  /** @param {number} now_ms */
  expire(now_ms) {
    const is_old = (/** @type {Entry} */ entry) => now_ms - entry.made_at_ms >= kPatienceMilliseconds;
    for (const [id, entry] of [...this.#sent])
      if (is_old(entry)) this.refuse(id, new IceboxError(408, 'the server has not said whether this message was delivered'));
    for (const entry of this.#waiting.filter(is_old))
      this.#reject_waiting(entry, entry.refusal ?? new IceboxError(408, 'this message could not be sent in time'));
  }

  /** The server found a frame too large, not saying which: sending it again would change nothing. */
  refuse_largest() {
    const [largest] = [...this.#sent].sort(([, one], [, other]) => other.bytes - one.bytes);
    if (!largest) return;
    const [id, { bytes }] = largest;
    this.refuse(id, new IceboxError(413, `a message of ${bytes} bytes is larger than the server allows`));
  }

  /** @param {IceboxError} error */
  refuse_all(error) {
    for (const id of [...this.#sent.keys()]) this.refuse(id, error);
    for (const entry of this.#waiting.splice(0)) entry.reject(error);
  }

  /**
   * It waits again, before all that was given later.
   * @param {number} id
   * @param {IceboxError} refusal
   */
  #take_back(id, refusal) {
    const entry = this.#sent.get(id);
    if (!entry) return;
    this.#sent.delete(id);
    entry.refusal = refusal;
    const at = this.#waiting.findIndex((each) => each.order > entry.order);
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, entry);
  }

  /**
   * @param {Entry} entry
   * @param {IceboxError} error
   */
  #reject_waiting(entry, error) {
    this.#waiting.splice(this.#waiting.indexOf(entry), 1);
    entry.reject(error);
  }
}

/** @param {Entry} entry */
function frame_of({ text, id }) {
  return `${text},"id":${id}}`;
}

/**
 * @param {number} bytes
 * @param {number} most_bytes
 */
function too_large(bytes, most_bytes) {
  return new IceboxError(413, `a message of ${bytes} bytes; the server allows ${most_bytes} (signaling.max_message)`);
}
