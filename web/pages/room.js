// The list of devices, and what can be done with one's own.
import { kServer } from './device.js';
import { ask, element, on_click, toast } from './dom.js';
import { words_for } from './words.js';

/** @typedef {import('../client/index.js').Icebox} Icebox */
/** @typedef {import('../client/types.js').Peer} Peer */

export class Room {
  #icebox;
  #call;

  /**
   * @param {Icebox} icebox
   * @param {object} deeds
   * @param {(name: string) => Promise<void>} deeds.call
   * @param {() => Promise<void>} deeds.forget
   */
  constructor(icebox, { call, forget }) {
    this.#icebox = icebox;
    this.#call = call;
    on_click(element('invite-button', HTMLButtonElement), () => this.#invite(), words_for);
    on_click(element('rename-button', HTMLButtonElement), () => this.#rename(), words_for);
    on_click(element('forget-button', HTMLButtonElement), async () => {
      if (await ask('forget') === 'forget') await forget();
    }, words_for);
    on_click(element('invite-copy', HTMLButtonElement), copy_link, words_for);
    icebox.on('peers', () => this.draw());
  }

  draw() {
    const { peers, name, user } = this.#icebox;
    element('self-name').textContent = name;
    element('self-user').textContent = user && `this device · user ${user}`;
    element('alone').hidden = peers.length > 0;
    element('peers').replaceChildren(...peers.map((peer) => this.#line_of(peer)));
  }

  /** @param {Peer} peer */
  #line_of(peer) {
    const line = document.createElement('li');
    line.dataset.name = peer.name;
    line.dataset.online = String(peer.online);
    const dot = document.createElement('span');
    dot.className = peer.online ? 'dot online' : 'dot';
    const name = document.createElement('span');
    name.className = 'name';
    name.textContent = peer.name;
    const presence = document.createElement('span');
    presence.className = 'quiet';
    presence.textContent = !peer.verified ? 'waits to be let in' : peer.online ? '' : 'away';
    line.append(dot, name, presence, this.#button_of(peer));
    return line;
  }

  /** @param {Peer} peer */
  #button_of(peer) {
    const button = document.createElement('button');
    button.textContent = peer.verified ? 'Call' : 'Let in';
    button.className = peer.online || !peer.verified ? 'primary' : '';
    on_click(button, async () => {
      if (peer.verified) return this.#call(peer.name);
      await this.#icebox.verify(peer.fp ?? peer.name);
      toast(`${peer.name} is in.`);
    }, words_for);
    return button;
  }

  async #invite() {
    const { url, qr_svg } = await this.#icebox.invite();
    const { pathname, hash } = new URL(url);
    const is_here = pathname === kServer.pathname;  // a server that a proxy keeps in a folder may not know of it
    element('invite-link', HTMLInputElement).value = is_here ? url : new URL(hash, kServer).href;
    const code = element('invite-code', HTMLImageElement);
    code.hidden = !qr_svg || !is_here;  // a link may be too long for one
    if (qr_svg && is_here) code.src = `data:image/svg+xml,${encodeURIComponent(qr_svg)}`;
    await ask('invite');
    element('invite-link', HTMLInputElement).value = '';  // it is a key
    code.removeAttribute('src');
  }

  async #rename() {
    const input = element('rename-name', HTMLInputElement);
    input.value = this.#icebox.name;
    if (await ask('rename') === 'rename') await this.#icebox.rename(input.value.trim());
  }
}

async function copy_link() {
  const link = element('invite-link', HTMLInputElement);
  link.select();
  if (!navigator.clipboard) return toast('Copying works over https:// only: the link is selected, press Ctrl+C.');
  await navigator.clipboard.writeText(link.value);
  toast('Copied.');
}
