// Two people meet with nothing but icebox: one opens the link that the server prints, invites the other from the page,
// they call, see and write to each other.
//     lab.py --server --client HOST=KIND... -- node demo_test.mjs BROWSER@HOST/PATH BROWSER@HOST/PATH
// PATH is what the page must say of the way the call goes: direct, or udp, tcp, tls for relayed.
import { BrowserPeer, explain } from './browser_peer.mjs';
import { base_url, invite } from './operator.mjs';

const kSecondsOfVideo = 2;

function person(specification) {
  const parsed = /^(chromium|firefox)@([\w-]+)\/(direct|udp|tcp|tls)$/.exec(specification);
  if (!parsed) throw new Error(`'${specification}' is not BROWSER@HOST/PATH`);
  const peer = new BrowserPeer({ browser: parsed[1], host: parsed[2], script: 'demo_page.js' });
  return Object.assign(peer, { path: parsed[3] === 'direct' ? 'direct' : `relayed ${parsed[3]}` });
}

const check = (right, what) => { if (!right) throw new Error(what); };
const fake = (link) => link.replace('/#', '/?fake=1#');  // a drawing in place of the camera

async function join(peer, link, name) {
  await peer.call('visit', { url: fake(link) });
  await peer.until('invited', ({ screen }) => screen === 'join');
  await peer.call('join', { name });
  const { address } = await peer.until('online', ({ status, screen }) => status === 'online' && screen === 'room');
  check(!address.includes('invite'), `the invitation stays in the address: ${address}`);
}

async function invite_from(peer) {
  await peer.call('press', { id: 'invite-button' });
  const { invitation } = await peer.until('an invitation', (report) => report.invitation && report.code_width > 0);
  await peer.call('close_dialog', { id: 'invite' });
  return invitation;
}

async function meet([ann, bob]) {
  await join(ann, invite('admin'), 'ann');
  const link = await invite_from(ann);
  await join(bob, link, 'bob');
  await ann.until('bob is there', ({ peers }) => peers.bob === true);

  await ann.call('press_peer', { name: 'bob' });
  await bob.until('ringing', ({ incoming }) => incoming === 'ann calls');
  await bob.call('answer', { how: 'accept' });
  for (const peer of [ann, bob]) {
    await peer.until('video', ({ call, seconds_seen, size_seen }) =>
      call === 'connected' && seconds_seen > kSecondsOfVideo && size_seen[0] > 0);
    await peer.until(`a call that is ${peer.path}`, ({ path }) => path.startsWith(peer.path) && path.includes(' ms '));
  }
  await ann.call('say', { text: 'hello <b>bob</b>' });
  await bob.call('say', { text: 'hello ann' });
  await bob.until('the chat', ({ lines }) => lines.join('|') === 'ann: hello <b>bob</b>|You: hello ann' ||
                                             lines.join('|') === 'You: hello ann|ann: hello <b>bob</b>');
  return link;
}

// The rest of what the page offers.
async function part([ann, bob], used_link) {
  await bob.call('press', { id: 'hang-up' });
  await ann.until('the end', ({ screen, toasts }) => screen === 'room' && toasts.some((text) => text.includes('has left')));
  await bob.call('rename', { name: 'robert' });
  await ann.until('the new name', ({ peers }) => peers.robert === true && !('bob' in peers));

  await ann.call('press_peer', { name: 'robert' });
  await bob.until('ringing again', ({ incoming }) => incoming !== null);
  await bob.call('answer', { how: 'decline' });
  await ann.until('a refusal', ({ screen, toasts }) => screen === 'room' && toasts.some((text) => text.includes('declined')));

  await bob.call('visit', { url: `${base_url}/?fake=1` });
  await bob.until('the same device after a reload', ({ status, name }) => status === 'online' && name === 'robert');
  await bob.call('forget');
  await bob.until('forgotten', ({ screen }) => screen === 'uninvited');
  await ann.until('nobody else', ({ peers }) => Object.keys(peers).length === 0);
  await bob.call('visit', { url: fake(used_link) });
  await bob.call('join', { name: 'bob' });
  await bob.until('a used invitation refused', ({ toasts }) => toasts.some((text) => text.includes('Ask for a new one')));
}

const people = process.argv.slice(2).map(person);
try {
  check(people.length === 2, 'two of BROWSER@HOST/PATH are needed');
  for (const peer of people) await peer.open();
  const started = Date.now();
  const link = await meet(people);
  console.log(`met after ${((Date.now() - started) / 1000).toFixed(1)} s: ${people.map(({ path }) => path).join(' and ')}`);
  await part(people, link);
} catch (error) {
  console.error(`FAILED: ${error.message}`);
  for (const peer of people) await explain(peer).catch(() => {});
  process.exitCode = 1;
} finally {
  await Promise.all(people.map((peer) => peer.close()));
}
