// What an operator does: lets a first device in, and looks who has relayed addresses.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { lab } from './browser_peer.mjs';

const data = join(lab.directory, 'data');
const icebox = (...words) => JSON.parse(execFileSync(process.env.LAB_ICEBOX, [...words, '--data', data, '--json'], { encoding: 'utf8' }));

export const base_url = `https://${lab.server.name}`;

// The link that `icebox peer invite` prints.
export const invite = (user) => icebox('peer', 'invite', user, '--url', base_url).url;

// Of a peer, USER/NAME, what `icebox sessions` shows.
export const allocations_of = (peer) => icebox('sessions').sessions.filter((session) => session.peer === peer);
