// How an operator lets a first device in.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lab } from './browser_peer.mjs';

export const base_url = `https://${lab.server.name}`;

// The link that `icebox peer invite` prints.
export function invite(user) {
  const { url } = JSON.parse(execFileSync(process.env.LAB_ICEBOX, [
    'peer', 'invite', user, '--url', base_url, '--data', join(lab.directory, 'data'), '--json'], { encoding: 'utf8' }));
  return url;
}

// The link that the server prints when it starts and has no peers.
export function printed_link() {
  const found = /https:\/\/\S+\/#invite=\S+/.exec(readFileSync(lab.server.log, 'utf8'));
  if (!found) throw new Error('the server has printed no link');
  return found[0];
}
