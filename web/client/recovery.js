// When to restart ICE, when to make a new connection instead, and when to give up.

const kDisconnectedPatienceMilliseconds = 3_000;  // browsers come back by themselves from a short gap
const kBetweenRestartsMilliseconds = 5_000;
const kPoliteMilliseconds = 2_500;                // by which the polite side lets the other begin
const kInVainMilliseconds = 25_000;               // of restarts
const kLostMilliseconds = 60_000;

/** @typedef {import('./environment.js').Environment} Environment */

/**
 * DTLS has failed, and stays so: Firefox 153 gives it up when a send fails while the host has no network. No restart of
 * ICE helps, only a new connection.
 * @param {RTCPeerConnection} connection
 */
export function is_beyond_recovery(connection) {
  const { connectionState, iceConnectionState, sctp } = connection;
  if (connectionState !== 'failed') return false;
  if (iceConnectionState === 'connected' || iceConnectionState === 'completed') return true;
  const transports = [sctp?.transport, ...connection.getSenders().map(({ transport }) => transport)];
  return transports.some((transport) => transport?.state === 'failed');
}

export class Recovery {
  #environment;
  #restart;
  #lost;
  #head_start_ms;
  /** @type {RTCPeerConnectionState} */
  #state = 'new';
  #was_connected = false;
  #broken_since_ms = 0;
  #tried_at_ms = -Infinity;
  #restarted_at_ms = -Infinity;
  #renewed_at_ms = -Infinity;
  /** @type {any} */
  #timer = null;

  /**
   * @param {Environment} environment
   * @param {object} deeds
   * @param {(is_in_vain: boolean) => void} deeds.restart  in vain: that has not helped for a good while
   * @param {() => void} deeds.lost  a minute of trying was in vain
   * @param {boolean} deeds.polite  both sides see a path fail at the same time: one begins
   */
  constructor(environment, { restart, lost, polite }) {
    this.#environment = environment;
    this.#restart = restart;
    this.#lost = lost;
    this.#head_start_ms = polite ? kPoliteMilliseconds : 0;
  }

  /** Was connected, and is not; or never came to be. */
  get is_broken() {
    return this.#state === 'failed' || (this.#was_connected && this.#state !== 'connected' && this.#state !== 'closed');
  }

  /** @param {RTCPeerConnectionState} state */
  handle_state(state) {
    const was_broken = this.is_broken;
    this.#state = state;
    if (state === 'connected') this.#was_connected = true;
    if (!this.is_broken) return this.#disarm();
    if (!was_broken) this.#broken_since_ms = this.#environment.now_ms();
    if (state === 'failed') this.#arm(this.#head_start_ms);
    else if (state === 'disconnected') this.#arm(this.#head_start_ms + kDisconnectedPatienceMilliseconds);
    else if (this.#timer === null) this.#arm(kBetweenRestartsMilliseconds);
  }

  /** Another connection has taken the place of the one there was. */
  handle_renewed() {
    if (!this.#was_connected) return;
    const now_ms = this.#environment.now_ms();
    if (!this.is_broken) this.#broken_since_ms = now_ms;
    this.#state = 'new';
    this.#restarted_at_ms = this.#renewed_at_ms = now_ms;
    this.#arm(kBetweenRestartsMilliseconds);
  }

  /** ICE has begun anew, whoever asked for it: it needs time. */
  handle_negotiated() {
    this.#restarted_at_ms = this.#environment.now_ms();
    if (this.is_broken) this.#arm(kBetweenRestartsMilliseconds);
  }

  /** Another network: the path may be dead or no longer the best, whatever the state says. */
  handle_network_change() {
    if (this.#was_connected && this.#state !== 'closed') this.#restart_unless_just_done();
  }

  /** Somebody looks, the peer or the server is back: no reason to wait any longer. */
  handle_chance() {
    if (!this.is_broken) return;
    const now_ms = this.#environment.now_ms();
    // The timer did not run meanwhile, so nobody tried: the minute begins now.
    if (now_ms - this.#tried_at_ms >= kLostMilliseconds) this.#broken_since_ms = now_ms;
    this.#try_again();
  }

  stop() {
    this.#state = 'closed';
    this.#disarm();
  }

  #try_again() {
    this.#tried_at_ms = this.#environment.now_ms();
    if (this.#tried_at_ms - this.#broken_since_ms >= kLostMilliseconds) {
      this.stop();
      return this.#lost();
    }
    this.#restart_unless_just_done();
    this.#arm(this.#restarted_at_ms + kBetweenRestartsMilliseconds - this.#tried_at_ms);
  }

  #restart_unless_just_done() {
    const now_ms = this.#environment.now_ms();
    if (now_ms - this.#restarted_at_ms < kBetweenRestartsMilliseconds) return;
    this.#restarted_at_ms = now_ms;
    const tried_for_ms = now_ms - Math.max(this.#broken_since_ms, this.#renewed_at_ms);
    this.#restart(this.is_broken && tried_for_ms >= kInVainMilliseconds);
  }

  /** @param {number} delay_ms */
  #arm(delay_ms) {
    this.#disarm();
    this.#timer = this.#environment.set_timeout(() => this.#try_again(), delay_ms);
  }

  #disarm() {
    this.#environment.clear_timeout(this.#timer);
    this.#timer = null;
  }
}
