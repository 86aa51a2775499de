// `icebox serve` on loopback for a test without the lab, on ports that the kernel chooses. ICEBOX names the program.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const kBinary = process.env.ICEBOX ?? 'build/release/icebox';
const kStopMilliseconds = 5_000;

/**
 * Makes `peers`, [USER, NAME] each, and starts the server with `settings`, KEY=VALUE each.
 * Returns {directory, url, port, tokens, invite, command, stop}; `tokens` by name.
 */
export async function serve({ peers = [], settings = [] } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'icebox-browser-'));
  const data = join(directory, 'data');
  const command = (...words) => JSON.parse(execFileSync(kBinary, [...words, '--data', data, '--json'], { encoding: 'utf8' }));
  const tokens = Object.fromEntries(peers.map(([user, name]) => [name, command('peer', 'add', user, name).token]));
  const all = ['listen=["udp://127.0.0.1:0","tcp://127.0.0.1:0"]', 'metrics.listen=127.0.0.1:0', 'realm=test.example.org',
               'relay.allow_peers=["127.0.0.0/8"]', ...settings];
  const server = spawn(kBinary, ['serve', '--data', data, ...all.flatMap((setting) => ['--set', setting])],
                       { stdio: ['ignore', 'pipe', 'pipe'] });
  process.once('exit', () => server.kill('SIGKILL'));
  const log = [], banner = [];
  createInterface({ input: server.stderr }).on('line', (line) => log.push(line));
  await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).on('line', (line) => line === 'ready' ? resolve() : banner.push(line));
    server.once('exit', (status) => reject(new Error(`icebox ended with ${status}\n${[...banner, ...log].join('\n')}`)));
  });
  const port = Number(/^ {2}tcp 127\.0\.0\.1:(\d+)/m.exec(banner.join('\n'))[1]);
  const url = `http://127.0.0.1:${port}`;
  return {
    directory, url, port, tokens, command, log,
    invite: (user, base = url) => command('peer', 'invite', user, '--url', base).url,
    async stop() {
      if (server.exitCode === null) {
        const ended = once(server, 'exit');
        const timer = setTimeout(() => server.kill('SIGKILL'), kStopMilliseconds);
        server.kill('SIGTERM');
        await ended;
        clearTimeout(timer);
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
