// The list of devices, and what can be done with one's own.
import { kServer } from './device.js';
import { ask, element, on_click, toast } from './dom.js';
import { PeerLine } from './peer_line.js';
import { words_for } from './words.js';

/** @typedef {import('../client/index.js').Icebox} Icebox */
/** @typedef {import('../client/types.js').Peer} Peer */

const kAfterPressMilliseconds = 300;  // by then a touch has become a click

export class Room {
  #icebox;
  #call;
  /** @type {Map<string, PeerLine>} */
  #lines = new Map();
  #is_pressed = false;
  #ended = new AbortController();

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
    this.#stand_still_while_pressed();
  }

  /** The device is another's now. */
  close() {
    this.#ended.abort();
    element('peers').replaceChildren();
  }

  draw() {
    if (this.#is_pressed) return;
    const { peers, name, user } = this.#icebox;
    element('self-name').textContent = name;
    element('self-user').textContent = user && `this device · user ${user}`;
    element('alone').hidden = peers.length > 0;
    this.#draw_list([...peers].sort((one, other) => Number(other.verified) - Number(one.verified)));
  }

  /**
   * Who waits to be let in comes last, so that strangers move nobody.
   * @param {Peer[]} peers
   */
  #draw_list(peers) {
    const before = this.#lines;
    this.#lines = new Map(peers.map((peer) => {
      const key = peer.fp ?? peer.name;
      const line = before.get(key) ?? new PeerLine(peer, {
        call: this.#call, verify: (name) => this.#icebox.verify(name),
      });
      line.show(peer);
      return [key, line];
    }));
    const list = element('peers');
    const { activeElement: focused } = document;
    for (const [key, line] of before) if (!this.#lines.has(key)) line.element.remove();
    [...this.#lines.values()].forEach(({ element: line }, i) => {
      if (list.children[i] !== line) list.insertBefore(line, list.children[i] ?? null);
    });
    if (focused instanceof HTMLElement && list.contains(focused)) focused.focus();  // what is moved loses it
  }

  // What moves under a finger or a pointer is not what was meant: the list stands still until it is up.
  #stand_still_while_pressed() {
    const { signal } = this.#ended;
    const let_go = () => setTimeout(() => {
      this.#is_pressed = false;
      if (!signal.aborted) this.draw();
    }, kAfterPressMilliseconds);
    element('peers').addEventListener('pointerdown', () => {
      this.#is_pressed = true;
      for (const name of ['pointerup', 'pointercancel']) addEventListener(name, let_go, { signal, once: true });
    }, { signal });
  }

  async #invite() {
    const { url, qr_svg } = await this.#icebox.invite();
    const { pathname, hash } = new URL(url);
    // A server that a proxy keeps in a folder does not know of it unless it is told: signaling.public_url.
    const is_right = pathname !== '/' || kServer.pathname === '/';
    element('invite-link', HTMLInputElement).value = is_right ? url : new URL(hash, kServer).href;
    const code = element('invite-code', HTMLImageElement);
    code.hidden = !qr_svg || !is_right;  // a link may be too long for one
    if (qr_svg && is_right) code.src = `data:image/svg+xml,${encodeURIComponent(qr_svg)}`;
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
