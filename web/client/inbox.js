// What has arrived already: by the session's running number, and across sessions by the sender's own.

const kRememberedPerSender = 256;

export class Inbox {
  /** The newest `n` of this session. */
  last_n = 0;
  /** @type {Map<string, Map<number, number>>} per sender: its newest ids, and a hash of what they carried */
  #seen = new Map();

  start_session() {
    this.last_n = 0;
  }

  /**
   * Notes a numbered frame. `missed`: how many frames the server no longer had.
   * @param {number} n
   * @returns {{is_new: boolean, missed: number}}
   */
  take_number(n) {
    if (n <= this.last_n) return { is_new: false, missed: 0 };
    const missed = n - this.last_n - 1;
    this.last_n = n;
    return { is_new: true, missed };
  }

  /**
   * True for a message that its sender sent again, as it does when the server forgot the session. The text is
   * compared too: a sender may count from 1 at every start.
   * @param {string} sender
   * @param {number} id
   * @param {string} text
   */
  is_double(sender, id, text) {
    const seen = this.#seen.get(sender) ?? new Map();
    this.#seen.set(sender, seen);
    const hash = hash_of(text);
    if (seen.get(id) === hash) return true;
    seen.delete(id);  // to the young end
    seen.set(id, hash);
    if (seen.size > kRememberedPerSender) seen.delete(seen.keys().next().value);
    return false;
  }
}

/**
 * FNV-1a, 32 bits, over UTF-16 units. Protects against nobody: a sender can only fool itself.
 * @param {string} text
 */
function hash_of(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; ++i) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
