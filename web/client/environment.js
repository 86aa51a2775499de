// The world outside the logic: clock, timers, chance, sockets. Tests put their own in its place.

/**
 * The part of WebSocket that is used.
 * @typedef {object} Socket
 * @property {number} readyState
 * @property {((event: any) => void) | null} onopen
 * @property {((event: {data: any}) => void) | null} onmessage
 * @property {((event: {code: number, reason: string}) => void) | null} onclose
 * @property {(text: string) => void} send
 * @property {(code?: number, reason?: string) => void} close
 */

/**
 * @typedef {object} Environment
 * @property {() => number} now_ms  wall clock: goes on while a laptop sleeps
 * @property {(callback: () => void, delay_ms: number) => any} set_timeout  may be a minute late in a hidden tab
 * @property {(timer: any) => void} clear_timeout
 * @property {(callback: () => void) => void} soon  after what has already arrived, never throttled
 * @property {() => boolean} is_hidden  the tab is: timers may be throttled
 * @property {() => boolean} is_firefox  where it behaves as no other
 * @property {() => string} page_origin  '' outside of pages
 * @property {() => number} random  0 <= x < 1
 * @property {(url: string, protocols: string[]) => Socket} open_socket
 * @property {(url: string, init?: RequestInit) => Promise<Response>} fetch
 */

/** @returns {Environment} */
export function browser_environment() {
  return {
    now_ms: () => Date.now(),
    set_timeout: (callback, delay_ms) => setTimeout(callback, delay_ms),
    clear_timeout: (timer) => clearTimeout(timer),
    soon: soon_by_message_channel(),
    is_hidden: () => globalThis.document?.hidden ?? false,
    is_firefox: () => / Firefox\//.test(globalThis.navigator?.userAgent ?? ''),
    page_origin: () => globalThis.location?.origin ?? '',
    random: () => Math.random(),
    open_socket: (url, protocols) => /** @type {any} */ (new WebSocket(url, protocols)),
    fetch: (url, init) => fetch(url, init),
  };
}

// Message ports are not throttled in hidden tabs, timers are.
function soon_by_message_channel() {
  /** @type {(() => void)[]} */
  const waiting = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => waiting.shift()?.();
  return (/** @type {() => void} */ callback) => {
    waiting.push(callback);
    port2.postMessage(null);
  };
}
