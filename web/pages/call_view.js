// The call in front: two pictures, a chat, the path in use.
import { element, show, toast } from './dom.js';
import { open_media } from './media.js';
import { words_for, words_for_end, words_for_path } from './words.js';

const kLookMilliseconds = 2_000;
const kNotes = /** @type {Record<string, string>} */ ({
  calling: 'Calling …', connecting: 'Connecting …', reconnecting: 'The connection is gone; looking for another way …',
});

/** @typedef {import('../client/index.js').Call} Call */
/** @typedef {import('../client/index.js').Icebox} Icebox */
/** @typedef {import('./media.js').Media} Media */

export class CallView {
  /** @type {Call | null} */
  #call = null;
  /** @type {Media | null} */
  #media = null;
  #timer = 0;

  constructor() {
    element('hang-up').onclick = () => this.#call?.hang_up();
    element('microphone').onclick = () => this.#toggle('audio');
    element('camera').onclick = () => this.#toggle('video');
    element('chat-form', HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      this.#say();
    };
  }

  get is_busy() {
    return this.#call !== null;
  }

  /**
   * @param {Icebox} icebox
   * @param {string} name
   */
  async call(icebox, name) {
    const media = await open_media();
    try {
      this.#begin(icebox.call(name, { streams: [media.stream] }), media);
    } catch (error) {
      media.stop();
      throw error;
    }
  }

  /** @param {Call} call */
  async accept(call) {
    const media = await open_media();
    if (call.state !== 'ringing') return media.stop();
    this.#begin(call, media);
    call.accept({ streams: [media.stream] });
  }

  /**
   * @param {Call} call
   * @param {Media} media
   */
  #begin(call, media) {
    this.#call = call;
    this.#media = media;
    if (media.note) toast(media.note);
    element('local', HTMLVideoElement).srcObject = media.stream;
    element('remote', HTMLVideoElement).srcObject = null;
    element('lines').replaceChildren();
    element('path').textContent = '';
    element('call-name').textContent = call.peer.name;
    this.#show_buttons();
    call.on('track', ({ streams, track }) => {
      element('remote', HTMLVideoElement).srcObject = streams[0] ?? new MediaStream([track]);
    });
    call.on('data', (data) => this.#show_line(call.peer.name, String(data)));
    call.on('state', ({ state, reason }) => state === 'ended' ? this.#end(call, reason) : this.#show_state(state));
    call.on('path', (summary) => { element('path').textContent = words_for_path(summary); });
    this.#show_state(call.state);
    this.#timer = window.setInterval(() => this.#look(call), kLookMilliseconds);
    show('call');
  }

  /**
   * @param {Call} call
   * @param {import('../client/types.js').EndReason | null} reason
   */
  #end(call, reason) {
    if (this.#call !== call) return;
    clearInterval(this.#timer);
    this.#media?.stop();
    this.#call = this.#media = null;
    element('remote', HTMLVideoElement).srcObject = element('local', HTMLVideoElement).srcObject = null;
    if (reason !== 'hung up') toast(words_for_end(call.peer.name, reason));
    show('room');
  }

  /** @param {string} state */
  #show_state(state) {
    element('call-note').textContent = kNotes[state] ?? '';
    element('call').dataset.state = state;
  }

  /** @param {Call} call */
  async #look(call) {
    if (call.state === 'connected') element('path').textContent = words_for_path(await call.summary());
  }

  #say() {
    const input = element('chat-text', HTMLInputElement);
    const text = input.value.trim();
    if (!text || !this.#call) return;
    try {
      this.#call.send(text);
      this.#show_line('', text);
      input.value = '';
    } catch (error) {
      toast(words_for(error));
    }
  }

  /**
   * @param {string} name  '' is this side
   * @param {string} text
   */
  #show_line(name, text) {
    const line = document.createElement('li');
    const who = document.createElement('b');
    who.textContent = name ? `${name}: ` : 'You: ';
    line.className = name ? '' : 'ours';
    line.append(who, text);
    element('lines').append(line);
    line.scrollIntoView({ block: 'nearest' });
  }

  /** @param {string} kind */
  #toggle(kind) {
    for (const track of this.#tracks(kind)) track.enabled = !track.enabled;
    this.#show_buttons();
  }

  #show_buttons() {
    for (const [id, kind, off, on] of [['microphone', 'audio', 'Mute', 'Unmute'], ['camera', 'video', 'Stop picture', 'Show picture']]) {
      const tracks = this.#tracks(kind);
      const is_on = tracks.some((track) => track.enabled);
      element(id).hidden = tracks.length === 0;
      element(id).textContent = is_on ? off : on;
      element(id).classList.toggle('off', !is_on);
    }
  }

  /** @param {string} kind */
  #tracks(kind) {
    return this.#media?.stream.getTracks().filter((track) => track.kind === kind) ?? [];
  }
}
