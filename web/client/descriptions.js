// What another peer sent, before a browser gets to see it: descriptions and candidates are made anew from what was
// checked, and no description passes that names another certificate than its sender's. The server looks too; this
// does not depend on it.
import { IceboxError } from './errors.js';

const kMostDepth = 32;  // of what is searched; deeper is refused
// Browsers make none of these, and differ in what they take for the end of a line.
const kForeignCharacters = /[^\t\r\n\x20-\x7e\u00a0-\u2027\u202a-\uffff]/;
const kWord = /fingerprint/gi;
const kValue = /:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})(?:\r?\n|$)/iy;  // RFC 8122 section 5

/**
 * The description in `body`, and nothing else of it. Throws IceboxError (400, 403) for one that is not to be set.
 * @param {'offer' | 'answer'} kind
 * @param {any} body
 * @param {string | null} fp  of the sender's certificate; null: the server knows none, there is nothing to compare
 * @returns {{type: 'offer' | 'answer', sdp: string}}
 */
export function description_of(kind, body, fp) {
  if (!is_plain(body) || body.type !== kind || typeof body.sdp !== 'string')
    throw new IceboxError(400, `an ${kind} has to be an object with "type":"${kind}" and a text "sdp"`);
  check_fingerprints(body.sdp, fp);
  return { type: kind, sdp: body.sdp };
}

/**
 * @param {any} body
 * @returns {RTCIceCandidateInit}
 */
export function candidate_of(body) {
  const { candidate, sdpMid = null, sdpMLineIndex = null, usernameFragment = null } = is_plain(body) ? body : {};
  const is_text = (/** @type {any} */ value) => value === null || typeof value === 'string';
  if (typeof candidate !== 'string' || /[\r\n]/.test(candidate) || kForeignCharacters.test(candidate) || !is_text(sdpMid) ||
      !is_text(usernameFragment) || (sdpMLineIndex !== null && !Number.isSafeInteger(sdpMLineIndex)))
    throw new IceboxError(400, 'a candidate has to be an object with one line of text, "candidate"');
  return { candidate, sdpMid, sdpMLineIndex, ...(usernameFragment !== null && { usernameFragment }) };
}

/**
 * Throws if `data`, which an application may take for whatever it likes, carries a description, at any depth, that
 * description_of() would not let pass.
 * @param {any} data  as JSON.parse() made it
 * @param {string | null} fp
 */
export function check_data(data, fp) {
  search(data, fp, 0);
}

/**
 * @param {any} value
 * @param {string | null} fp
 * @param {number} depth
 */
function search(value, fp, depth) {
  if (depth > kMostDepth) throw new IceboxError(400, `a message nested more than ${kMostDepth} deep is not read`);
  if (typeof value === 'string') return search_text(value, fp, depth);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value.sdp)) throw new IceboxError(400, 'the "sdp" of a description has to be a text');
  for (const each of Object.values(value)) search(each, fp, depth + 1);
}

/**
 * @param {string} text  a description, perhaps; or JSON with one in it
 * @param {string | null} fp
 * @param {number} depth
 */
function search_text(text, fp, depth) {
  if (!/v\s*=\s*0/i.test(text) || !/fingerprint/i.test(text)) return;  // people write of fingerprints too
  if (!/^\s*[[{"]/.test(text)) return check_fingerprints(text, fp);
  /** @type {any} */
  let inner;
  try {
    inner = JSON.parse(text);
  } catch {
    return check_fingerprints(text, fp);
  }
  search(inner, fp, depth + 1);
}

/**
 * Searches instead of parsing: wherever the word stands there has to be the sender's own value behind it, for browsers
 * find fingerprints in lines that no grammar has.
 * @param {string} sdp
 * @param {string | null} fp
 */
function check_fingerprints(sdp, fp) {
  if (kForeignCharacters.test(sdp))
    throw new IceboxError(400, 'the description holds characters that none has');
  if (!fp) return;
  const own = fp.replaceAll(':', '').toUpperCase();
  const words = [...sdp.matchAll(kWord)];
  if (words.length === 0) throw new IceboxError(403, 'the description names no certificate');
  for (const { index = 0, 0: word } of words) {
    kValue.lastIndex = index + word.length;
    if (kValue.exec(sdp)?.[1].replaceAll(':', '').toUpperCase() !== own)
      throw new IceboxError(403, 'the description names another certificate than that of its sender');
  }
}

/** @param {any} value */
function is_plain(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
