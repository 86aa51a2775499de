// One browser of a test: its process on a host of the lab, and the orders to it. What it runs is peer.mjs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const kStartSeconds = 75, kAnswerSeconds = 40;

export const lab = JSON.parse(process.env.LAB);

export class BrowserPeer {
  // `script` of this folder says what can be called in the page.
  constructor({ browser, host, script = 'in_page.js' }) {
    if (!lab.hosts[host]) throw new Error(`the lab has no host '${host}'`);
    Object.assign(this, { browser, host, script, name: `${browser}@${host}` });
    this.directory = join(lab.directory, `browser-${host}`);
  }

  async open() {
    const here = (file) => new URL(file, import.meta.url).pathname;
    this.process = spawn('ip', ['netns', 'exec', lab.hosts[this.host].netns, 'setpriv', '--pdeathsig', 'KILL', process.execPath,
                                here('peer.mjs'), this.browser, this.directory, lab.server.ca, here(this.script)],
                         { stdio: ['pipe', 'pipe', 'pipe'] });
    this.said = [];
    createInterface({ input: this.process.stderr }).on('line', (line) => this.said.push(line));
    this.answers = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    await this.next_answer('start of the browser', kStartSeconds);
  }

  async next_answer(what, seconds) {
    const late = new AbortController();
    const timeout = sleep(seconds * 1000, null, { signal: late.signal }).then(
      () => { throw new Error(`${this.name}: no answer to '${what}' within ${seconds} s`); });
    timeout.catch(() => {});
    try {
      const { value, done } = await Promise.race([this.answers.next(), timeout]);
      if (done) throw new Error(`${this.name}: ended at '${what}'\n${this.said.slice(-20).join('\n')}`);
      const { result, error } = JSON.parse(value);
      if (error) throw new Error(`${this.name}: ${error}`);
      return result;
    } finally {
      late.abort();
    }
  }

  call(name, argument = {}, seconds = kAnswerSeconds) {
    this.process.stdin.write(`${JSON.stringify({ call: name, argument })}\n`);
    return this.next_answer(name, seconds);
  }

  // Asks by `report` until it is `good`, and returns it.
  async until(what, good, seconds = kAnswerSeconds) {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const report = await this.call('report');
      if (good(report)) return report;
      if (Date.now() > deadline) throw new Error(`${this.name}: ${what}: not within ${seconds} s`);
      await sleep(200);
    }
  }

  async close() {
    if (!this.process) return;
    const ended = once(this.process, 'exit');
    this.process.stdin.end();
    await Promise.race([ended, sleep(5000, null, { ref: false })]);
    this.process.kill('SIGKILL');
  }
}

export async function explain(peer) {
  const state = await peer.call('report', {}, 5).catch((error) => error.message);
  console.error(`--- ${peer.name}\n${JSON.stringify(state, null, 1)}\n${peer.said?.slice(-20).join('\n')}`);
}
