// The ICE servers with credentials that are still good.
import { Emitter } from './events.js';
import { fewer_urls } from './ice_urls.js';

const kMinLeftMilliseconds = 60_000;  // a call that starts now needs them until it is connected

/**
 * Event `changed`: for setConfiguration() of connections that exist.
 * @extends {Emitter<{changed: RTCIceServer[]}>}
 */
export class IceServerList extends Emitter {
  /** @type {RTCIceServer[]} */
  current = [];
  #good_until_ms = 0;
  #environment;
  #fetch;

  /**
   * @param {import('./environment.js').Environment} environment
   * @param {() => Promise<import('./types.js').IceServers>} fetch
   */
  constructor(environment, fetch) {
    super();
    this.#environment = environment;
    this.#fetch = fetch;
  }

  /** @param {import('./types.js').IceServers} servers */
  set({ ice_servers, ttl_s }) {
    this.current = this.#environment.is_firefox() ? fewer_urls(ice_servers) : ice_servers;
    this.#good_until_ms = this.#environment.now_ms() + ttl_s * 1000;
    this.emit('changed', this.current);
  }

  get is_fresh() {
    return this.#good_until_ms - this.#environment.now_ms() > kMinLeftMilliseconds;
  }

  /** Asks for new ones unless they are fresh, as after a sleep; without an answer the old ones stay. */
  async refresh() {
    if (this.is_fresh) return;
    try {
      this.set(await this.#fetch());
    } catch {
      // Direct paths need none, and the server sends them when it is back.
    }
  }
}
