// Fewer URLs of ICE servers for Firefox, which gathers from every one of them, by every address of the host, before a
// call gets anywhere: from five on it complains.

const kMost = 4;
const kUrl = /^(stun|turn|turns):(\[[^\]]+\]|[^:?]+)(?::\d+)?(?:\?transport=(\w+))?$/i;

/**
 * @typedef {object} Url
 * @property {string} url
 * @property {'stun' | 'turn' | 'turns'} scheme
 * @property {string} host
 * @property {'udp' | 'tcp' | 'tls'} transport
 */

/**
 * Leaves out what adds no path: STUN where the same host relays over UDP, which tells the same address; turns: with an
 * IP address, which Firefox ignores. Then, if there are still too many, keeps one way each before a second one of a kind:
 * UDP by either family, TLS (port 443 leaves where nothing else does), TCP.
 * @param {RTCIceServer[]} servers
 * @returns {RTCIceServer[]}
 */
export function fewer_urls(servers) {
  const all = servers.flatMap(urls_of).flatMap((url) => parse(url) ?? []);
  const relays_udp = new Set(all.filter(({ scheme, transport }) => scheme === 'turn' && transport === 'udp').map(({ host }) => host));
  const useful = all.filter(({ scheme, host }) =>
    !(scheme === 'stun' && relays_udp.has(host)) && !(scheme === 'turns' && family_of(host) !== 'name'));
  const kept = new Set(most_different_first(useful).slice(0, kMost).map(({ url }) => url));
  return servers.map((server) => ({ ...server, urls: urls_of(server).filter((url) => kept.has(url)) }))
    .filter(({ urls }) => urls.length > 0);
}

/** @param {Url[]} urls */
function most_different_first(urls) {
  const seen = new Set();
  const rank_of = (/** @type {Url} */ { transport, host }) => {
    const kind = transport === 'udp' ? `udp ${family_of(host)}` : transport;
    const is_second = seen.has(kind);
    seen.add(kind);
    return is_second ? 3 : { udp: 0, tls: 1, tcp: 2 }[transport];
  };
  return urls.map((url) => ({ url, rank: rank_of(url) })).sort((a, b) => a.rank - b.rank).map(({ url }) => url);
}

/** @param {RTCIceServer} server */
const urls_of = ({ urls }) => [urls].flat();

/**
 * @param {string} url
 * @returns {Url | null}
 */
function parse(url) {
  const [, scheme, host, asked] = kUrl.exec(url)?.map((part) => part?.toLowerCase()) ?? [];
  if (!scheme) return null;
  const transport = scheme === 'turns' ? 'tls' : asked === 'tcp' ? 'tcp' : 'udp';
  return { url, scheme: /** @type {Url['scheme']} */ (scheme), host, transport };
}

/** @param {string} host */
function family_of(host) {
  return host.startsWith('[') ? 'ipv6' : /^[\d.]+$/.test(host) ? 'ipv4' : 'name';
}
