// How long to send nothing after a refusal: as long as the server says, or longer and longer until something is taken.

const kFirstMilliseconds = 250;
const kLongestMilliseconds = 5_000;

export class Pause {
  until_ms = -Infinity;
  #next_ms = kFirstMilliseconds;

  /** @param {number} now_ms */
  lasts(now_ms) {
    return now_ms < this.until_ms;
  }

  /**
   * @param {number} now_ms
   * @param {number} [duration_ms]
   */
  begin(now_ms, duration_ms) {
    if (duration_ms === undefined && this.lasts(now_ms)) return;  // one of many that were sent together
    this.until_ms = Math.max(this.until_ms, now_ms + (duration_ms ?? this.#next_ms));
    if (duration_ms === undefined) this.#next_ms = Math.min(kLongestMilliseconds, 2 * this.#next_ms);
  }

  /** Something was taken. */
  forget() {
    this.#next_ms = kFirstMilliseconds;
  }
}
