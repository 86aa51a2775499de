// What happens to the network of a host of the lab, with a NAT before it or without.
import { execFileSync } from 'node:child_process';
import { lab } from './browser_peer.mjs';

const kOtherAddress = '203.0.113.222';

const ip = (netns, ...words) => execFileSync('ip', ['-n', netns, ...words], { encoding: 'utf8' });

export const is_behind_nat = (host) => lab.hosts[host].kind !== 'direct';

// Takes the host's link down until the function that it returns is called: then its way out by IPv4 is as it was.
export function unplug(host) {
  const { netns } = lab.hosts[host];
  const default_route = ip(netns, 'route', 'show', 'default').trim().split(' ').slice(1);  // goes with the link
  ip(netns, 'link', 'set', 'eth0', 'down');
  return () => {
    ip(netns, 'link', 'set', 'eth0', 'up');
    ip(netns, 'route', 'replace', 'default', ...default_route);
  };
}

// Gives the host another public address, for good, and returns it. Behind a NAT it is the router's, which dials anew: the
// host sees nothing of that, but Linux forgets all that was translated to an address that goes.
export function change_public_address(host) {
  const { netns, external_ipv4 } = lab.hosts[host];
  const [where, device] = is_behind_nat(host) ? [`${netns}-nat`, 'wan'] : [netns, 'eth0'];
  ip(where, 'address', 'delete', `${external_ipv4}/24`, 'dev', device);
  ip(where, 'address', 'add', `${kOtherAddress}/24`, 'dev', device);
  if (!is_behind_nat(host)) ip(where, 'route', 'replace', 'default', 'dev', device);
  return kOtherAddress;
}
