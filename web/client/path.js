// Which way a connection goes, from its statistics.

/** @typedef {import('./types.js').Path} Path */
/** @typedef {import('./types.js').Summary} Summary */

/**
 * @param {RTCPeerConnection} connection
 * @returns {Promise<Summary>}
 */
export async function summary_of(connection) {
  return summarize(await connection.getStats());
}

/**
 * @param {{forEach: (visit: (entry: any) => void) => void}} report  an RTCStatsReport
 * @returns {Summary}
 */
export function summarize(report) {
  /** @type {Map<string, any>} */
  const entries = new Map();
  report.forEach((entry) => entries.set(entry.id, entry));
  const pair = selected_pair(entries);
  const local = pair && entries.get(pair.localCandidateId);
  const remote = pair && entries.get(pair.remoteCandidateId);
  return {
    path: local && remote ? path_of(local, remote) : null,
    rtt_ms: typeof pair?.currentRoundTripTime === 'number' ? Math.round(pair.currentRoundTripTime * 1000) : null,
    bytes_sent: pair?.bytesSent ?? 0,
    bytes_received: pair?.bytesReceived ?? 0,
    local: local ? candidate_of(local) : null,
    remote: remote ? candidate_of(remote) : null,
  };
}

// Chromium names the pair in the transport, Firefox marks the pair.
/** @param {Map<string, any>} entries */
function selected_pair(entries) {
  const all = [...entries.values()];
  const transport = all.find((entry) => entry.type === 'transport' && entry.selectedCandidatePairId);
  if (transport) return entries.get(transport.selectedCandidatePairId);
  return all.find((entry) => entry.type === 'candidate-pair' && (entry.selected || (entry.nominated && entry.state === 'succeeded')));
}

/**
 * @param {any} local
 * @param {any} remote
 * @returns {Path}
 */
function path_of(local, remote) {
  if (local.candidateType === 'relay') return relayed_over(local.relayProtocol ?? transport_in(local.url));
  // The other side's relay: between it and us there is nothing but the pair's own transport.
  if (remote.candidateType === 'relay') return relayed_over(local.protocol);
  return 'direct';
}

/**
 * @param {string | undefined} transport
 * @returns {Path}
 */
function relayed_over(transport) {
  return transport === 'tls' ? 'relayed tls' : transport === 'tcp' ? 'relayed tcp' : 'relayed udp';
}

/** @param {string} [url]  turn:HOST:PORT?transport=tcp, turns:... */
function transport_in(url = '') {
  if (url.startsWith('turns:')) return 'tls';
  return url.endsWith('transport=tcp') ? 'tcp' : 'udp';
}

/**
 * @param {any} entry
 * @returns {import('./types.js').Candidate}
 */
function candidate_of({ candidateType, protocol, address, ip, port, url }) {
  return { type: candidateType, protocol, address: address ?? ip ?? '', port, ...(url && { url }) };
}
