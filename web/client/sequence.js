// Numbers for messages that grow across page loads, so that receivers can tell a message that is sent again from a
// new one even when both ends and the server have started anew in between.

const kReserved = 4096;  // numbers per write to the storage
const kPerMillisecond = 1000;

/**
 * The part of localStorage that is used. May throw, as localStorage does where it is not allowed.
 * @typedef {object} TextStore
 * @property {(key: string) => string | null} getItem
 * @property {(key: string, value: string) => void} setItem
 */

/** @param {string} storage */
export const sequence_key = (storage) => `${storage}.sequence`;

export class Sequence {
  #next;
  #reserved_until;
  #store;
  #key;

  /**
   * @param {TextStore | null} store  without one the clock alone makes them grow
   * @param {string} key
   * @param {number} now_ms
   */
  constructor(store, key, now_ms) {
    this.#store = store;
    this.#key = key;
    // The clock covers a storage that was cleared, the storage a clock that was set back.
    this.#next = Math.max(now_ms * kPerMillisecond, this.#stored());
    this.#reserved_until = this.#next;
  }

  next() {
    if (this.#next >= this.#reserved_until) this.#reserve();
    return this.#next++;
  }

  #stored() {
    try {
      const stored = Number(this.#store?.getItem(this.#key));
      return Number.isSafeInteger(stored) ? stored : 0;
    } catch {
      return 0;
    }
  }

  #reserve() {
    this.#reserved_until = this.#next + kReserved;
    try {
      this.#store?.setItem(this.#key, String(this.#reserved_until));
    } catch {
      // Full or not allowed: the clock has to do.
    }
  }
}
