// Tells the server what has arrived, so that it need not keep it.

const kConfirmAfterMilliseconds = 50;

/** @typedef {import('./environment.js').Environment} Environment */

export class Confirmation {
  #environment;
  #inbox;
  #send;
  #confirmed_n = 0;
  #is_under_way = false;

  /**
   * @param {Environment} environment
   * @param {import('./inbox.js').Inbox} inbox
   * @param {(text: string) => boolean} send  false: there is no connection
   */
  constructor(environment, inbox, send) {
    this.#environment = environment;
    this.#inbox = inbox;
    this.#send = send;
  }

  start_session() {
    this.#confirmed_n = 0;
  }

  /** Several at a time while timers are exact; in a hidden tab a timer may take a minute, and senders wait. */
  soon() {
    if (this.#is_under_way) return;
    this.#is_under_way = true;
    if (this.#environment.is_hidden()) this.#environment.soon(() => this.now());
    else this.#environment.set_timeout(() => this.now(), kConfirmAfterMilliseconds);
  }

  now() {
    this.#is_under_way = false;
    const n = this.#inbox.last_n;
    if (n > this.#confirmed_n && this.#send(JSON.stringify({ seen: n }))) this.#confirmed_n = n;
  }
}
