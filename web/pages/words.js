// Words for what goes wrong, each with what to do.
import { IceboxError } from '../client/index.js';

/** @param {unknown} error */
export function words_for(error) {
  if (error instanceof IceboxError) {
    if (error.code === 503) return `The server cannot be reached: ${error.message}. It is tried again by itself.`;
    if (error.code === 429) return 'That was too fast. Wait a little and try again.';
    return sentence(error.message);
  }
  if (error instanceof DOMException && error.name === 'NotAllowedError')
    return 'The browser did not allow it. Look for a camera sign in the address bar.';
  return sentence(error instanceof Error ? error.message : String(error));
}

/** @param {unknown} error  of redeem() */
export function words_for_invitation(error) {
  if (error instanceof IceboxError && error.code === 400)
    return `${words_for(error)} Was the whole link copied?`;
  if (error instanceof IceboxError && [404, 410].includes(error.code))
    return 'This invitation has been used already or is older than a day. Ask for a new one.';
  if (error instanceof IceboxError && error.code === 409) return 'Another device has this name already. Choose another.';
  return words_for(error);
}

/**
 * @param {string} name
 * @param {import('../client/types.js').EndReason | null} reason
 */
export function words_for_end(name, reason) {
  switch (reason) {
    case 'hung up': return 'You hung up.';
    case 'left': return `${name} has left the call.`;
    case 'declined': return `${name} declined.`;
    case 'unavailable': return `${name} is not there. Try again when the dot beside the name is green.`;
    case 'refused': return `The call with ${name} could not be made: the server did not take what belongs to it.`;
    case 'lost': return `The connection with ${name} was lost, and no other way was found within a minute.`;
    case 'replaced': return `${name} calls anew.`;
    default: return `The call with ${name} failed: the two browsers did not understand each other. Try again.`;
  }
}

/** @param {import('../client/types.js').Summary} summary */
export function words_for_path({ path, rtt_ms }) {
  if (!path) return '';
  const way = path === 'direct' ? 'direct, nothing in between' : `${path}, through this server`;
  return rtt_ms === null ? way : `${way} · ${rtt_ms} ms there and back`;
}

/**
 * What tells a device that waits from all others, whatever it calls itself: both screens show it.
 * @param {string} fp
 */
export function code_of(fp) {
  return `${fp.slice(0, 4)} ${fp.slice(4, 8)}`;
}

/** @param {{fp: string | null}} peer */
export function words_for_waiting({ fp }) {
  return fp ? `waits to be let in · code ${code_of(fp)}` : 'waits to be let in · no code yet';
}

/** @param {string} text */
function sentence(text) {
  const first = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
