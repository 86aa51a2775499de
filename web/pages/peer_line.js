// One device of the list. The same elements show it whatever becomes of it, so that focus and a press stay where they are.
import { on_click, toast } from './dom.js';
import { words_for, words_for_waiting } from './words.js';

/** @typedef {import('../client/types.js').Peer} Peer */

export class PeerLine {
  element = document.createElement('li');
  #dot = document.createElement('span');
  #name = document.createElement('span');
  #presence = document.createElement('span');
  #button = document.createElement('button');
  #peer;

  /**
   * @param {Peer} peer
   * @param {object} deeds
   * @param {(name: string) => Promise<void>} deeds.call
   * @param {(name: string) => Promise<void>} deeds.verify  by name or fingerprint
   */
  constructor(peer, { call, verify }) {
    this.#peer = peer;
    this.#name.className = 'name';
    this.#presence.className = 'quiet';
    this.element.append(this.#dot, this.#name, this.#presence, this.#button);
    on_click(this.#button, async () => {
      const { name, fp, verified } = this.#peer;
      if (verified) return call(name);
      await verify(fp ?? name);
      toast(`${name} is in.`);
    }, words_for);
    this.show(peer);
  }

  /** @param {Peer} peer */
  show(peer) {
    this.#peer = peer;
    const { name, online, verified } = peer;
    this.element.dataset.name = name;
    this.element.dataset.online = String(online);
    this.#dot.className = online ? 'dot online' : 'dot';
    this.#name.textContent = name;
    this.#presence.textContent = !verified ? words_for_waiting(peer) : online ? '' : 'away';
    this.#button.textContent = verified ? 'Call' : 'Let in';
    this.#button.className = online || !verified ? 'primary' : '';
  }
}
