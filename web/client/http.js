// The server's HTTP side: addresses and the calls to /api.
import { IceboxError } from './errors.js';

const kAnswerPatienceMilliseconds = 10_000;

/** @typedef {import('./environment.js').Environment} Environment */

export class Server {
  #base;
  #environment;

  /**
   * @param {string | URL} url  of the server; a relative one is taken from the page
   * @param {Environment} environment
   */
  constructor(url, environment) {
    this.#base = new URL(url, globalThis.location?.href);
    this.#base.protocol = this.#base.protocol.replace(/^ws/, 'http');
    this.#environment = environment;
  }

  get origin() {
    return this.#base.origin;
  }

  /** @param {URLSearchParams} query */
  socket_url(query) {
    const url = new URL('/ws', this.#base);
    url.protocol = url.protocol.replace(/^http/, 'ws');
    url.search = query.toString();
    return url.href;
  }

  /**
   * The JSON of the answer; null if it has none. IceboxError with the server's words when it refuses.
   * @param {string} method
   * @param {string} path
   * @param {{token?: string, body?: object}} [request]
   * @returns {Promise<any>}
   */
  async call(method, path, { token, body } = {}) {
    const response = await this.#fetch(method, path, token, body);
    const text = await response.text();
    /** @type {any} */
    let json = null;
    try {
      json = text ? JSON.parse(text) : null;
    } catch {
      // A proxy's page, say: the status has to do.
    }
    if (!response.ok)
      throw new IceboxError(response.status, json?.detail ?? json?.title ?? `the server answered ${response.status}`);
    return json;
  }

  /**
   * Why the server would not open a WebSocket for this token; null: it would, or it cannot be reached.
   * @param {string} token
   */
  async refusal(token) {
    try {
      await this.call('GET', '/api/ice-servers', { token });
      return null;
    } catch (error) {
      return error instanceof IceboxError && (error.code === 401 || error.code === 403) ? error : null;
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} [token]
   * @param {object} [body]
   */
  async #fetch(method, path, token, body) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (token) headers.authorization = `Bearer ${token}`;
    if (body) headers['content-type'] = 'application/json';
    try {
      return await this.#environment.fetch(new URL(path, this.#base).href, {
        method, headers, body: body && JSON.stringify(body), cache: 'no-store',
        signal: AbortSignal.timeout(kAnswerPatienceMilliseconds),
      });
    } catch {
      throw new IceboxError(503, `the server at ${this.#base.host} does not answer`);
    }
  }
}
