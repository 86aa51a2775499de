// The user's devices, as the hub tells of them.

/** @typedef {import('./types.js').Peer} Peer */
/** @typedef {import('./types.js').PeerUpdate} PeerUpdate */

/**
 * What a device is known by: its fingerprint, or its name while it has none.
 * @param {{fp: string | null, name: string}} peer
 */
export function key_of({ fp, name }) {
  return fp || `name:${name}`;
}

export class PeerList {
  /** @type {Map<string, Peer>} */
  #peers = new Map();
  /** @type {{fp: string | null, name: string}} */
  #own = { fp: null, name: '' };

  get own_name() {
    return this.#own.name;
  }

  /** @param {{fp?: string | null, name: string, peers?: Peer[]}} welcome */
  set({ fp = null, name, peers = [] }) {
    this.#own = { fp, name };
    this.#peers = new Map(peers.map((peer) => [key_of(peer), peer]));
  }

  others() {
    const own = key_of(this.#own);
    return [...this.#peers.values()].filter((peer) => key_of(peer) !== own)
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** @param {string} name  or fingerprint */
  find(name) {
    return this.others().find((peer) => peer.name === name || peer.fp === name);
  }

  /**
   * Whether this side gives way when both call or offer at once. Exactly one of two sides does: both compare the same
   * two texts.
   * @param {{fp: string | null, name: string}} peer
   */
  is_polite_to({ fp, name }) {
    return this.#own.fp && fp ? this.#own.fp < fp : this.#own.name < name;
  }

  /**
   * `peer_update` names what changed by `old_name` and `old_fp`.
   * @param {PeerUpdate} frame
   * @returns {{peer: Peer | null, has_come: boolean}}  has_come: offline before, online now
   */
  update({ source_fp, source_name, peer_update }) {
    const { old_name = source_name, old_fp = source_fp, removed = false, ...now } = peer_update;
    const old_key = key_of({ fp: old_fp, name: old_name });
    const before = this.#peers.get(old_key);
    this.#peers.delete(old_key);
    if (removed) return { peer: null, has_come: false };
    const peer = { ...before, ...now, fp: source_fp, name: source_name };
    this.#peers.set(key_of(peer), peer);
    if (old_key === key_of(this.#own)) this.#own = { fp: peer.fp, name: peer.name };
    return { peer, has_come: peer.online && !before?.online };
  }
}
