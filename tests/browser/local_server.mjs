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
 * Makes `peers`, [USER, NAME] each, and starts the server with `settings`, KEY=VALUE each; with `tls` it listens for that
 * too, under a certificate of its own that no browser knows.
 * Returns {directory, url, tls_url, port, tokens, invite, command, log, stop}; `tokens` by name.
 */
export async function serve({ peers = [], settings = [], tls = false } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'icebox-browser-'));
  const data = join(directory, 'data');
  const command = (...words) => JSON.parse(execFileSync(kBinary, [...words, '--data', data, '--json'], { encoding: 'utf8' }));
  const tokens = Object.fromEntries(peers.map(([user, name]) => [name, command('peer', 'add', user, name).token]));
  const listen = ['udp', 'tcp', ...(tls ? ['tls'] : [])].map((scheme) => `${scheme}://127.0.0.1:0`);
  const all = [`listen=${JSON.stringify(listen)}`, 'metrics.listen=127.0.0.1:0', 'realm=test.example.org',
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
  const port_of = (scheme) => Number(new RegExp(`^ {2}${scheme} 127\\.0\\.0\\.1:(\\d+)`, 'm').exec(banner.join('\n'))?.[1]);
  const port = port_of('tcp');
  const url = `http://127.0.0.1:${port}`;
  return {
    directory, url, tls_url: `https://127.0.0.1:${port_of('tls')}`, port, tokens, command, log,
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
