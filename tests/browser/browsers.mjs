// Opens an empty page in Debian's Chromium or Firefox, on the host (namespace) where this process runs.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const kLaunchMilliseconds = 60_000;

// `directory` is where the profile goes: make it fresh. `ca`, a PEM file, is the one authority trusted beside the
// browser's own: certificates are verified as they are for a user.
// Returns {page, fresh_page, freeze, thaw, close}; of a page only what Playwright and Puppeteer share may be used: evaluate,
// goto, on, close. `fresh_page` opens one that shares neither storage nor cache with any other: another person's.
// `freeze` stops the page's scripts and timers until `thaw`, and with them whatever else this browser stops then.
export async function open_page(browser, { directory, ca }) {
  mkdirSync(directory, { recursive: true });
  process.env.HOME = directory;
  if (browser === 'chromium') return open_chromium(directory, ca);
  if (browser === 'firefox') return open_firefox(directory, ca);
  throw new Error(`browser '${browser}' is neither chromium nor firefox`);
}

async function open_chromium(home, ca) {
  if (ca) trust(ca, join(home, '.pki', 'nssdb'));
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium', timeout: kLaunchMilliseconds, chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
           '--disable-quic', '--no-first-run'],
    env: { ...process.env, HOME: home },
  });
  const fresh_page = async () => (await browser.newContext()).newPage();
  const page = await fresh_page();
  return { page, fresh_page, close: () => browser.close(),
           freeze: () => set_lifecycle(page, 'frozen'), thaw: () => set_lifecycle(page, 'active') };
}

async function open_firefox(home, ca) {
  const profile = join(home, 'profile');
  if (ca) trust(ca, profile);
  const { default: puppeteer } = await import('puppeteer-core');
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: '/usr/bin/firefox-esr', timeout: kLaunchMilliseconds,
    userDataDir: profile, env: { ...process.env, HOME: home },
    extraPrefsFirefox: { 'network.manage-offline-status': false },
  });
  const { pid } = browser.process();
  const fresh_page = async () => (await browser.createBrowserContext()).newPage();
  return { page: await browser.newPage(), fresh_page, close: () => browser.close(),
           freeze: () => signal_tabs(pid, 'SIGSTOP'), thaw: () => signal_tabs(pid, 'SIGCONT') };
}

// As Chromium does to tabs long unseen: 'frozen' or 'active' (https://wicg.github.io/page-lifecycle/).
async function set_lifecycle(page, state) {
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state });
  await session.detach();
}

// Firefox freezes no tab on demand: its tabs' processes stand still instead, while its network process goes on.
function signal_tabs(browser_pid, signal) {
  const all = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
    .map((line) => /^ *(\d+) +(\d+) (.*)$/.exec(line)).filter(Boolean)
    .map(([, pid, parent, args]) => ({ pid: Number(pid), parent: Number(parent), args }));
  const descendants_of = (pid) => all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...descendants_of(child.pid)]);
  const tabs = descendants_of(browser_pid).filter(({ args }) => /-contentproc .* tab$/.test(args));
  if (tabs.length === 0) throw new Error('this Firefox has no process of a tab');
  for (const { pid } of tabs) process.kill(pid, signal);
}

function trust(ca, database) {
  mkdirSync(database, { recursive: true });
  execFileSync('certutil', ['-N', '--empty-password', '-d', `sql:${database}`]);
  execFileSync('certutil', ['-A', '-n', 'icebox lab CA', '-t', 'C,,', '-i', ca, '-d', `sql:${database}`]);
}
