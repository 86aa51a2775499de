// A clock that jumps, timers that fire when it does, and sockets whose other end is the test.

export class FakeSocket {
  readyState = 0;
  onopen = null;
  onmessage = null;
  onclose = null;
  sent = [];
  was_closed = false;

  constructor(url, protocols) {
    this.url = new URL(url);
    this.protocols = protocols;
  }

  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.was_closed = true; this.readyState = 3; }

  // The server's side.
  open() { this.readyState = 1; this.onopen?.({}); }
  say(frame) { this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) }); }
  end(code = 1006, reason = '') { this.readyState = 3; this.onclose?.({ code, reason }); }
  // What was sent since the last call.
  take() { return this.sent.splice(0); }
}

export class FakeEnvironment {
  now = 1_000_000;
  hidden = false;
  firefox = false;
  chance = 0.5;
  origin = '';
  sockets = [];
  answers = [];  // what fetch gives, in order: {status, json, headers} or null for no answer
  fetched = [];
  #timers = new Map();
  #last_timer = 0;

  now_ms = () => this.now;
  is_hidden = () => this.hidden;
  is_firefox = () => this.firefox;
  page_origin = () => this.origin;
  random = () => this.chance;
  soon = (callback) => queueMicrotask(callback);
  set_timeout = (callback, delay_ms) => {
    this.#timers.set(++this.#last_timer, { callback, at: this.now + delay_ms });
    return this.#last_timer;
  };
  clear_timeout = (timer) => void this.#timers.delete(timer);
  open_socket = (url, protocols) => {
    this.sockets.push(new FakeSocket(url, protocols));
    return this.sockets.at(-1);
  };
  fetch = async (url, init) => {
    this.fetched.push({ url, ...init });
    const answer = this.answers.shift();
    if (!answer) throw new TypeError('Failed to fetch');
    return new Response(answer.json === undefined ? '' : JSON.stringify(answer.json), answer);
  };

  get socket() { return this.sockets.at(-1); }
  get timer_count() { return this.#timers.size; }

  // Fires what falls due, in order.
  advance(delay_ms) {
    const until = this.now + delay_ms;
    for (;;) {
      const [next] = [...this.#timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at);
      if (!next) break;
      const [timer, { callback, at }] = next;
      this.#timers.delete(timer);
      this.now = Math.max(this.now, at);
      callback();
    }
    this.now = until;
  }

  // The machine was suspended: time has passed and no timer ran.
  sleep(duration_ms) { this.now += duration_ms; }

  // A tab in the background: what is due waits for the next whole minute.
  advance_throttled(minutes) {
    for (let i = 0; i < minutes; ++i) {
      this.sleep(60_000);
      this.advance(0);
    }
  }
}

export const settle = () => new Promise((resolve) => setImmediate(resolve));

export class FakeStore {
  items = new Map();
  getItem(key) { return this.items.get(key) ?? null; }
  setItem(key, value) { this.items.set(key, value); }
}
