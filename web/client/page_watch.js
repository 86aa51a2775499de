// What the browser tells of the world, and what it does not: that the laptop slept.

const kTickMilliseconds = 15_000;
const kSleptMilliseconds = 20_000;       // over a tick's time
const kThrottledMilliseconds = 75_000;   // timers of a hidden tab come once a minute

/** @typedef {import('./environment.js').Environment} Environment */

/**
 * @typedef {object} PageEvents
 * @property {() => void} check  connections may be dead: seen again, or slept
 * @property {() => void} network_changed
 * @property {() => void} hide  the page goes away, perhaps for ever
 * @property {() => void} show  it is back from the cache of left pages
 */

/**
 * @param {{window: EventTarget | null, document: EventTarget | null, network: EventTarget | null}} sources
 * @param {Environment} environment
 * @param {PageEvents} events
 * @returns {() => void} ends the watch
 */
export function watch_page({ window, document, network }, environment, events) {
  const ended = new AbortController();
  /**
   * @param {EventTarget | null} source
   * @param {string} name
   * @param {(event: any) => void} handler
   */
  const on = (source, name, handler) => source?.addEventListener(name, handler, { signal: ended.signal });
  on(window, 'online', events.network_changed);
  on(network, 'change', events.network_changed);
  on(document, 'visibilitychange', () => { if (!environment.is_hidden()) events.check(); });
  on(window, 'pagehide', events.hide);
  on(window, 'pageshow', ({ persisted }) => { if (persisted) events.show(); });
  const stop_clock = watch_clock(environment, events.check);
  return () => {
    ended.abort();
    stop_clock();
  };
}

/**
 * Calls `slept` when much more time has passed than a timer was set for.
 * @param {Environment} environment
 * @param {() => void} slept
 */
function watch_clock(environment, slept) {
  let expected_ms = 0;
  /** @type {any} */
  let timer = null;
  const arm = () => {
    expected_ms = environment.now_ms() + kTickMilliseconds;
    timer = environment.set_timeout(tick, kTickMilliseconds);
  };
  const tick = () => {
    const late_ms = environment.now_ms() - expected_ms;
    arm();
    if (late_ms > (environment.is_hidden() ? kThrottledMilliseconds : kSleptMilliseconds)) slept();
  };
  arm();
  return () => environment.clear_timeout(timer);
}
