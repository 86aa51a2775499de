// icebox-client: calls between browsers by name, over an icebox server. README.md has the example.
import { forget_identity, load_identity } from './certificate.js';
import { browser_environment } from './environment.js';
import { IceboxError } from './errors.js';
import { Server } from './http.js';
import { Icebox } from './icebox.js';
import { sequence_key } from './sequence.js';

export { Call } from './call.js';
export { IceboxError } from './errors.js';
export { Icebox } from './icebox.js';

const kStorage = 'icebox';

/**
 * @typedef {object} ConnectOptions
 * @property {string | URL} url  of the server, as https://turn.example.org, or https://example.org/rtc where a proxy keeps
 *   it in a folder; '/' is the page's own server, '.' the page's own folder there
 * @property {string} token  of this device: from redeem(), or printed by `icebox peer add`
 * @property {string} [storage]  name under which this browser keeps the device's certificate (default 'icebox')
 * @property {(error: IceboxError) => void} [on_error]  of connect(): what keeps it from connecting, while it goes on trying
 *   (default: a warning in the console)
 * @property {RTCConfiguration} [rtc]  more for each RTCPeerConnection, as {iceTransportPolicy: 'relay'}
 */

/**
 * Joins the server with everything ready but not connected: for pages that show each step. start() does the rest.
 * @param {ConnectOptions} options
 * @returns {Promise<Icebox>}
 */
export async function prepare({ url, token, storage = kStorage, rtc = {} }) {
  const environment = browser_environment();
  return new Icebox({
    server: new Server(url, environment), token, storage, rtc, environment, store: text_store(),
    identity: await load_identity(storage),
  });
}

/**
 * Resolves once the server knows this device: online, or waiting until somebody verifies it. While the server cannot
 * be reached it goes on trying. Rejects with IceboxError when the server does not want the token.
 * @param {ConnectOptions} options
 * @returns {Promise<Icebox>}
 */
export async function connect({ on_error = warn, ...options }) {
  const icebox = await prepare(options);
  await new Promise((resolve, reject) => {
    /** @type {IceboxError | null} */
    let why = null;
    const offs = [
      icebox.on('state', ({ state, final }) => {
        if (state === 'online' || state === 'waiting') settle(resolve, null);
        else if (final) queueMicrotask(() => settle(reject, why ?? new IceboxError(503, 'closed')));
      }),
      icebox.on('error', (error) => {
        why = error;
        on_error(error);
      }),
    ];
    /**
     * @param {(value: any) => void} how
     * @param {any} value
     */
    const settle = (how, value) => {
      for (const off of offs) off();
      how(value);
    };
    icebox.start();
  });
  return icebox;
}

/**
 * Makes this browser a device of the user who made the invitation. Keep the token: it is shown only once.
 * @param {{url: string | URL, invitation: string, name: string, kind?: string, storage?: string}} options
 * @returns {Promise<{token: string, peer: import('./types.js').Peer, user: string}>}
 */
export async function redeem({ url, invitation, name, kind = 'browser', storage = kStorage }) {
  const { fp, is_kept } = await load_identity(storage);
  const body = { invitation, name, kind, ...(is_kept && { fp }) };
  return new Server(url, browser_environment()).call('POST', 'api/invitations/redeem', { body });
}

/**
 * Forgets the certificate of this browser. The server forgets the device by `icebox peer remove`.
 * @param {string} [storage]
 */
export async function forget(storage = kStorage) {
  text_store()?.removeItem(sequence_key(storage));
  await forget_identity(storage);
}

/** @param {IceboxError} error */
function warn({ message }) {
  console.warn(`icebox: ${message}`);
}

function text_store() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;  // not allowed here
  }
}
