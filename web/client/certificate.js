// The DTLS certificate of this device, kept in IndexedDB so that its fingerprint, which the server knows the device
// by, stays the same. The key never leaves the browser.

const kLifetimeMilliseconds = 365 * 24 * 3600 * 1000;  // as long as browsers allow
const kMinLeftMilliseconds = 24 * 3600 * 1000;
const kStore = 'certificates';
const kKey = 'dtls';

/**
 * @typedef {object} Identity
 * @property {RTCCertificate} certificate
 * @property {string} fp  64 upper-case hex digits
 * @property {boolean} is_kept  false: this browser keeps nothing (a private window): do not bind the fingerprint
 */

/**
 * The kept certificate of that name, or a new one.
 * @param {string} storage  name of the database
 * @returns {Promise<Identity>}
 */
export async function load_identity(storage) {
  const kept = await transact(storage, 'readonly', (store) => store.get(kKey)).catch(() => null);
  if (kept instanceof RTCCertificate && kept.expires - Date.now() > kMinLeftMilliseconds)
    return { certificate: kept, fp: await fingerprint_of(kept), is_kept: true };
  const certificate = await RTCPeerConnection.generateCertificate(/** @type {any} */ (
    { name: 'ECDSA', namedCurve: 'P-256', expires: kLifetimeMilliseconds }));
  const is_kept = await transact(storage, 'readwrite', (store) => store.put(certificate, kKey))
    .then(() => true, () => false);
  return { certificate, fp: await fingerprint_of(certificate), is_kept };
}

/**
 * The next load_identity() makes a new one.
 * @param {string} storage
 */
export async function forget_identity(storage) {
  await new Promise((resolve) => {
    const deleting = indexedDB.deleteDatabase(storage);
    deleting.onsuccess = deleting.onerror = resolve;
  });
}

/**
 * @param {string} storage
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} deed
 * @returns {Promise<any>}
 */
async function transact(storage, mode, deed) {
  const opening = indexedDB.open(storage, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(kStore);
  const database = await outcome_of(opening);
  try {
    return await outcome_of(deed(database.transaction(kStore, mode).objectStore(kStore)));
  } finally {
    database.close();
  }
}

/**
 * @param {IDBRequest} request
 * @returns {Promise<any>}
 */
function outcome_of(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {RTCCertificate} certificate */
async function fingerprint_of(certificate) {
  const known = certificate.getFingerprints?.().find(({ algorithm }) => algorithm?.toLowerCase() === 'sha-256')?.value;
  const value = known ?? await fingerprint_by_offer(certificate);
  return value.replaceAll(':', '').toUpperCase();
}

// For browsers without getFingerprints().
/** @param {RTCCertificate} certificate */
async function fingerprint_by_offer(certificate) {
  const connection = new RTCPeerConnection({ certificates: [certificate] });
  try {
    connection.createDataChannel('');
    const { sdp = '' } = await connection.createOffer();
    const found = /^a=fingerprint:sha-256 (\S+)/im.exec(sdp);
    if (!found) throw new Error('this browser names no SHA-256 fingerprint of its certificate');
    return found[1];
  } finally {
    connection.close();
  }
}
