/**
 * What the server or this client refuses, in words for a person.
 * `code` is HTTP's: 401 not (or no longer) known, 404 no such peer, 408 no receipt came, 409 taken over by a newer
 * connection, 410 not delivered in time, 413 too large, 429 too fast, 503 not connected.
 */
export class IceboxError extends Error {
  /**
   * @param {number} code
   * @param {string} text
   */
  constructor(code, text) {
    super(text);
    this.name = 'IceboxError';
    this.code = code;
  }
}
