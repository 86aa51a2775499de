// Looks after messages that wait for their receipts: they expire, or are a sign that the connection is dead.

const kLookMilliseconds = 5_000;

/** @typedef {import('./environment.js').Environment} Environment */

export class OutboxWatch {
  #environment;
  #outbox;
  #doubt;
  /** @type {any} */
  #timer = null;

  /**
   * @param {Environment} environment
   * @param {import('./outbox.js').Outbox} outbox
   * @param {() => void} doubt  called when the server has been silent upon a message for a while
   */
  constructor(environment, outbox, doubt) {
    this.#environment = environment;
    this.#outbox = outbox;
    this.#doubt = doubt;
  }

  /** There may be something to watch; it ends by itself. */
  start() {
    if (this.#timer !== null || this.#outbox.size === 0) return;
    this.#timer = this.#environment.set_timeout(() => this.#look(), kLookMilliseconds);
  }

  #look() {
    this.#timer = null;
    const now_ms = this.#environment.now_ms();
    this.#outbox.expire(now_ms);
    // Slow receivers are the common cause of silence, a dead path the bad one.
    if (now_ms - (this.#outbox.unanswered_since_ms ?? now_ms) >= kLookMilliseconds) this.#doubt();
    this.start();
  }
}
