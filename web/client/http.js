// The server's HTTP side: addresses and the calls to /api.
import { IceboxError } from './errors.js';

const kAnswerPatienceMilliseconds = 10_000;
const kMostTries = 4;                      // of a request that came too soon
const kLongestWaitMilliseconds = 10_000;   // above it is not for us to wait, but for the person
const kUnsaidWaitMilliseconds = 1_000;
const kUnknownToken = /^the token is not known/;  // how the server's problem begins; docs/signaling.md has it

/** @typedef {import('./environment.js').Environment} Environment */

export class Server {
  #base;
  #environment;

  /**
   * @param {string | URL} url  of the server, or of a folder that a proxy keeps it in; a relative one is taken from the page
   * @param {Environment} environment
   */
  constructor(url, environment) {
    this.#base = new URL(url, globalThis.location?.href);
    this.#base.protocol = this.#base.protocol.replace(/^ws/, 'http');
    this.#base.pathname = this.#base.pathname.replace(/\/ws$/, '').replace(/\/*$/, '/');
    this.#base.search = this.#base.hash = '';
    this.#environment = environment;
  }

  get origin() {
    return this.#base.origin;
  }

  /** @param {URLSearchParams} query */
  socket_url(query) {
    const url = new URL('ws', this.#base);
    url.protocol = url.protocol.replace(/^http/, 'ws');
    url.search = query.toString();
    return url.href;
  }

  /**
   * The JSON of the answer; null if it has none. IceboxError with the server's words when it refuses. What came too soon
   * (429) is asked again when the server says so, if that is soon.
   * @param {string} method
   * @param {string} path  from the server's folder on: 'api/verify'
   * @param {{token?: string, body?: object}} [request]
   * @returns {Promise<any>}
   */
  async call(method, path, { token, body } = {}) {
    return json_of(await this.#fetch_in_time(method, path, token, body));
  }

  /**
   * Why the server will never open a WebSocket for this token: it does not know it. null: it would, or will later, as for
   * a device that is not verified yet; or it cannot be reached, or a proxy answered in its place.
   * @param {string} token
   */
  async refusal(token) {
    try {
      await json_of(await this.#fetch('GET', 'api/ice-servers', token));
      return null;
    } catch (error) {
      return error instanceof IceboxError && error.code === 401 && kUnknownToken.test(error.message) ? error : null;
    }
  }

  /**
   * What may be in the way where a WebSocket does not open again and again; null: nothing that could be told.
   * @param {string} token
   */
  async obstacle(token) {
    try {
      const { ok, status } = await this.#fetch('GET', 'api/ice-servers', token);
      if (!ok && status !== 403) return null;  // busy, or on its way up
    } catch (error) {
      return /** @type {IceboxError} */ (error);
    }
    const page = this.#environment.page_origin();
    return new IceboxError(403, `${this.#base.host} answers, but opens no WebSocket: a proxy between does not pass Upgrade ` +
      `on, or changes Host, so that this page (${page}) is taken for another site's; see signaling.allowed_origins`);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} [token]
   * @param {object} [body]
   */
  async #fetch_in_time(method, path, token, body) {
    for (let tries = 1; ; ++tries) {
      const response = await this.#fetch(method, path, token, body);
      const wait_ms = wait_of(response);
      if (response.status !== 429 || tries >= kMostTries || wait_ms > kLongestWaitMilliseconds) return response;
      const jitter_ms = this.#environment.random() * kUnsaidWaitMilliseconds * tries;
      await new Promise((resolve) => this.#environment.set_timeout(() => resolve(null), wait_ms + jitter_ms));
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
      throw await this.#why_no_answer();
    }
  }

  // A page is not told why it got no answer. What it may ask without being allowed to read it tells some causes apart.
  async #why_no_answer() {
    const { host, origin, protocol } = this.#base;
    const page = this.#environment.page_origin();
    if (page === '' || page === origin) return new IceboxError(503, `the server at ${host} does not answer`);
    const is_there = await this.#environment.fetch(new URL('healthz', this.#base).href, {
      mode: 'no-cors', cache: 'no-store', signal: AbortSignal.timeout(kAnswerPatienceMilliseconds),
    }).then(() => true, () => false);
    if (is_there)
      return new IceboxError(403, `the server at ${host} does not let pages of ${page} in; name that in its ` +
        'signaling.allowed_origins');
    if (protocol === 'http:' && page.startsWith('https:'))
      return new IceboxError(503, `a page that came over https may not ask ${origin}; the server needs an https address`);
    const certificate = protocol !== 'https:' ? ''
      : `, or its certificate is not trusted here: open ${this.#base.href}healthz and see`;
    return new IceboxError(503, `the server at ${host} does not answer${certificate}`);
  }
}

/**
 * @param {Response} response
 * @returns {Promise<any>}
 */
async function json_of(response) {
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

// Pages of other sites cannot read the header unless the server lets them.
/** @param {Response} response */
function wait_of(response) {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return seconds >= 0 ? seconds * 1000 : kUnsaidWaitMilliseconds;
}
