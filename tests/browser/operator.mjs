// What an operator does: lets a first device in, and looks who has relayed addresses.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lab } from './browser_peer.mjs';

const data = join(lab.directory, 'data');
const icebox = (...words) => JSON.parse(execFileSync(process.env.LAB_ICEBOX, [...words, '--data', data, '--json'], { encoding: 'utf8' }));

export const base_url = `https://${lab.server.name}`;

// The link that `icebox peer invite` prints.
export const invite = (user) => icebox('peer', 'invite', user, '--url', base_url).url;

// Of a peer, USER/NAME, what `icebox sessions` shows.
export const allocations_of = (peer) => icebox('sessions').sessions.filter((session) => session.peer === peer);

// The link that the server prints when it starts and has no peers.
export function printed_link() {
  const found = /https:\/\/\S+\/#invite=\S+/.exec(readFileSync(lab.server.log, 'utf8'));
  if (!found) throw new Error('the server has printed no link');
  return found[0];
}
