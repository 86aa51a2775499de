// How long to wait before the next try: doubling, with full jitter, so that the clients of a server that comes back
// do not all come at once.

const kFirstMilliseconds = 1000;
const kLongestMilliseconds = 30_000;
const kShortestMilliseconds = 100;

export class Backoff {
  #tries = 0;
  #random;

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  next_ms() {
    const ceiling = Math.min(kLongestMilliseconds, kFirstMilliseconds * 2 ** Math.min(this.#tries++, 16));
    return Math.max(kShortestMilliseconds, Math.round(this.#random() * ceiling));
  }

  reset() {
    this.#tries = 0;
  }
}
