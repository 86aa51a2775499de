// The demo: come in by an invitation, see who else is there, call.
import { IceboxError, forget, prepare, redeem } from '../client/index.js';
import { CallView } from './call_view.js';
import { clear_address, forget_device, invitation_in_address, kServer, store_device, stored_device } from './device.js';
import { ask, element, on_click, show, toast } from './dom.js';
import { Room } from './room.js';
import { code_of, words_for, words_for_invitation } from './words.js';

/** @typedef {import('../client/index.js').Call} Call */
/** @typedef {import('../client/index.js').Icebox} Icebox */

const call_view = new CallView();
/** @type {Icebox | null} */
let icebox = null;
/** @type {Room | null} */
let room = null;

on_click(element('stopped-again', HTMLButtonElement), () => icebox?.start(), words_for);
on_click(element('stopped-retry', HTMLButtonElement), enter, words_for);
on_click(element('stopped-forget', HTMLButtonElement), start_over, words_for);
on_click(element('join-stay', HTMLButtonElement), () => { clear_address(); return enter(); }, words_for);
element('join-form', HTMLFormElement).addEventListener('submit', (event) => { event.preventDefault(); join(); });
addEventListener('hashchange', () => { if (invitation_in_address()) enter(); });
enter();

async function enter() {
  try {
    await show_what_fits();
  } catch (error) {  // as of a browser that makes no certificate
    show_status('offline', 'not started');
    stop('This page cannot start here', words_for(error), 'stopped-retry');
  }
}

// The screen that fits what the browser knows.
async function show_what_fits() {
  const device = stored_device();
  if (invitation_in_address()) return offer_to_join(device !== null);
  if (!device) {
    show('uninvited');
    show_status('new', 'not invited');
  } else if (!icebox) {
    await open(device);
  } else {
    show('room');
  }
}

/** @param {boolean} is_known */
function offer_to_join(is_known) {
  element('join-note').textContent = is_known
    ? 'This browser is a device here already. If it joins by this invitation it forgets what it was.' : '';
  element('join-stay').hidden = !is_known;
  show('join');
  show_status('new', 'invited');
  element('join-name').focus();
}

async function join() {
  const button = /** @type {HTMLButtonElement} */ (document.querySelector('#join-form .primary'));
  const invitation = invitation_in_address();
  const name = element('join-name', HTMLInputElement).value.trim();
  if (!invitation || !name) return;
  button.disabled = true;
  const storage = `icebox-${Date.now().toString(36)}`;
  try {
    const { token } = await redeem({ url: kServer, invitation, name, storage });
    await leave();
    if (!store_device({ token, storage })) toast('This browser keeps nothing: the device is gone when the page is closed.');
    clear_address();
    await open({ token, storage });
  } catch (error) {
    await forget(storage);
    toast(words_for_invitation(error));
  } finally {
    button.disabled = false;
  }
}

/** @param {import('./device.js').Device} device */
async function open({ token, storage }) {
  show_status('connecting', 'connecting');
  const opened = icebox = await prepare({ url: kServer, token, storage });
  room = new Room(opened, { call: (name) => call_view.call(opened, name), forget: remove_and_start_over });
  opened.on('state', (change) => on_state(change));
  opened.on('error', (error) => on_error(error));
  opened.on('warning', ({ name, text }) => toast(`${name}: ${text}`));
  opened.on('call', (call) => on_call(call));
  room.draw();
  show('room');
  opened.start();
}

/** @param {import('../client/types.js').StateChange} change */
function on_state({ state, final, retry_ms }) {
  element('waiting').hidden = state !== 'waiting';
  if (icebox) element('waiting-code').textContent = code_of(icebox.fp);
  const words = { connecting: 'connecting', waiting: 'waiting to be let in', online: 'online',
                  offline: retry_ms === undefined ? 'offline' : `offline, next try in ${Math.ceil(retry_ms / 1000)} s` };
  show_status(state, words[state]);
  if (!final && !element('stopped').hidden) show('room');
}

/** @param {IceboxError} error */
function on_error(error) {
  if (icebox?.state !== 'offline') return error.code === 401 ? undefined : toast(words_for(error));
  if (error.code === 409)
    stop('It is open elsewhere', 'This device is in use in another tab or window. Only one at a time can be it.', 'stopped-again');
  else if (error.code === 401)
    stop('This device is not known', `${words_for(error)} You need a new invitation.`, 'stopped-forget');
  else
    toast(words_for(error));
}

/**
 * @param {string} title
 * @param {string} text
 * @param {'stopped-again' | 'stopped-retry' | 'stopped-forget'} cure
 */
function stop(title, text, cure) {
  element('stopped-title').textContent = title;
  element('stopped-text').textContent = text;
  for (const button of ['stopped-again', 'stopped-retry', 'stopped-forget']) element(button).hidden = button !== cure;
  show('stopped');
}

/** @param {Call} call */
async function on_call(call) {
  if (call_view.is_busy || element('incoming', HTMLDialogElement).open) return call.reject();
  element('incoming-title').textContent = `${call.peer.name} calls`;
  const off = call.on('state', () => element('incoming', HTMLDialogElement).close());
  const { title } = document;
  document.title = `${call.peer.name} calls`;  // seen in a tab behind others
  const answer = await ask('incoming');
  document.title = title;
  off();
  if (answer === 'accept') await call_view.accept(call);
  else call.reject();
}

async function remove_and_start_over() {
  await icebox?.remove();
  await start_over();
}

async function start_over() {
  await leave();
  await enter();
}

// This browser forgets; the server keeps the device until somebody removes it.
async function leave() {
  icebox?.close();
  room?.close();
  icebox = room = null;
  const device = stored_device();
  forget_device();
  if (device) await forget(device.storage);
}

/**
 * @param {string} state
 * @param {string} words
 */
function show_status(state, words) {
  element('status').dataset.state = state;
  element('status').textContent = words;
}
