// The few things that every view needs of the document.

const kToastMilliseconds = 8_000;
const kScreens = ['uninvited', 'join', 'stopped', 'room', 'call'];

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (!found || (type && !(found instanceof type))) throw new Error(`the page has no ${type?.name ?? 'element'} #${id}`);
  return /** @type {T} */ (found);
}

/** @param {string} screen  the one section to be seen */
export function show(screen) {
  for (const each of kScreens) element(each).hidden = each !== screen;
}

/** @param {string} text */
export function toast(text) {
  const shown = document.createElement('p');
  shown.textContent = text;
  element('toasts').append(shown);
  setTimeout(() => shown.remove(), kToastMilliseconds);
}

/**
 * What a dialog was closed with; '' if it was dismissed.
 * @param {string} id
 * @returns {Promise<string>}
 */
export function ask(id) {
  const dialog = element(id, HTMLDialogElement);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(dialog.returnValue), { once: true }));
}

/**
 * From now on a click runs `deed`, with the button disabled until it is done and a failure told.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<void> | void} deed
 * @param {(error: unknown) => string} words
 */
export function on_click(button, deed, words) {
  button.onclick = async () => {
    button.disabled = true;
    try {
      await deed();
    } catch (error) {
      toast(words(error));
    } finally {
      button.disabled = false;
    }
  };
}
