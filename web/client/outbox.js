// What was sent and has no final receipt yet.
import { IceboxError } from './errors.js';

const kMostEntries = 256;
const kMostBytes = 64 * 1024;  // of one message; the server's default for signaling.max_message
// The server gives up after 30 s and says so; when it could not say so, this ends the wait.
const kPatienceMilliseconds = 45_000;

/**
 * @typedef {object} Entry
 * @property {number} id
 * @property {string} frame
 * @property {number} made_at_ms
 * @property {boolean} is_queued  the server holds it for a peer that is away
 * @property {() => void} [on_queued]
 * @property {() => void} resolve
 * @property {(error: IceboxError) => void} reject
 */

export class Outbox {
  /** @type {Map<number, Entry>} in the order of their ids, which is the order of sending */
  #entries = new Map();

  get size() {
    return this.#entries.size;
  }

  /** @param {number} id */
  has(id) {
    return this.#entries.has(id);
  }

  /**
   * Takes a message with an id above all before it. Resolves when it was delivered; IceboxError when it was not.
   * @param {{id: number, frame: string, now_ms: number, on_queued?: () => void}} message
   * @returns {Promise<void>}
   */
  add({ id, frame, now_ms, on_queued }) {
    if (frame.length > kMostBytes)  // UTF-16 units: a first bound, the server counts bytes
      return Promise.reject(new IceboxError(413, `a message of ${frame.length} bytes; ${kMostBytes} are allowed`));
    if (this.#entries.size >= kMostEntries)
      return Promise.reject(new IceboxError(429, `${kMostEntries} messages wait already; send more slowly`));
    return new Promise((resolve, reject) => {
      this.#entries.set(id, { id, frame, made_at_ms: now_ms, is_queued: false, on_queued, resolve, reject });
    });
  }

  /**
   * @param {number} id
   * @param {string} status  'delivered' or 'queued'
   */
  acknowledge(id, status) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    if (status === 'queued') {
      if (!entry.is_queued) entry.on_queued?.();
      entry.is_queued = true;
      return;
    }
    this.#entries.delete(id);
    entry.resolve();
  }

  /**
   * @param {number} id
   * @param {IceboxError} error
   */
  refuse(id, error) {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    entry?.reject(error);
  }

  /**
   * What to send on a new connection, in order. A session that goes on has what it acknowledged; a fresh one may be
   * a fresh server, so that all goes again: the receiver knows what it has got.
   * @param {boolean} resumed
   */
  frames_to_resend(resumed) {
    const entries = [...this.#entries.values()].filter((entry) => !(resumed && entry.is_queued));
    for (const entry of entries) entry.is_queued = false;
    return entries.map((entry) => entry.frame);
  }

  /**
   * When the first of those was sent of which the server has said nothing yet; null: there is none.
   * @returns {number | null}
   */
  get unanswered_since_ms() {
    for (const entry of this.#entries.values()) if (!entry.is_queued) return entry.made_at_ms;
    return null;
  }

  /** @param {number} now_ms */
  expire(now_ms) {
    for (const entry of [...this.#entries.values()])
      if (now_ms - entry.made_at_ms >= kPatienceMilliseconds)
        this.refuse(entry.id, new IceboxError(408, 'the server has not said whether this message was delivered'));
  }

  /** The server found a frame too large: sending it again would change nothing. */
  refuse_largest() {
    const largest = [...this.#entries.values()].reduce(
      (/** @type {Entry | null} */ most, entry) => most && most.frame.length >= entry.frame.length ? most : entry, null);
    if (largest) this.refuse(largest.id, new IceboxError(413, 'this message is larger than the server allows'));
  }

  /** @param {IceboxError} error */
  refuse_all(error) {
    for (const id of [...this.#entries.keys()]) this.refuse(id, error);
  }
}
