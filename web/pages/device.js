// What this browser knows of itself between visits.

/** Where the server is: in the page's own folder, for a proxy may keep it in one. */
export const kServer = new URL('.', location.href);

const kKey = kServer.pathname === '/' ? 'icebox.device' : `icebox.device ${kServer.pathname}`;

/**
 * @typedef {object} Device
 * @property {string} token
 * @property {string} storage  where its certificate is kept: each device has its own
 */

/** @returns {Device | null} */
export function stored_device() {
  try {
    const device = JSON.parse(localStorage.getItem(kKey) ?? 'null');
    return typeof device?.token === 'string' && typeof device.storage === 'string' ? device : null;
  } catch {
    return null;
  }
}

/**
 * False where the browser keeps nothing: the device lasts as long as the page.
 * @param {Device} device
 */
export function store_device(device) {
  try {
    localStorage.setItem(kKey, JSON.stringify(device));
    return true;
  } catch {
    return false;
  }
}

export function forget_device() {
  try {
    localStorage.removeItem(kKey);
  } catch {
    // Nothing was kept.
  }
}

/** The invitation of a link `#invite=TOKEN`. */
export function invitation_in_address() {
  return new URLSearchParams(location.hash.slice(1)).get('invite');
}

/** So that it does not stay in the address bar and the history. */
export function clear_address() {
  history.replaceState(null, '', location.pathname + location.search);
}
