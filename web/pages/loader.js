// Is put into the page itself, so that it is there whatever else is not: when a file of the page does not come, it says so
// and asks again; when the page's script cannot start, it says why. Its hash is in the Content-Security-Policy.
{
  const { pathname, search, hash } = location;
  // The files are in this folder. Of this server: a path that begins with two slashes would name another.
  if (!pathname.endsWith('/')) location.replace(`${location.origin}${pathname}/${search}${hash}`);

  const kFirstMilliseconds = 1_000, kLongestMilliseconds = 15_000, kReloadMilliseconds = 5_000;
  let tries = 0;

  /** @param {string} words */
  const say = (words) => {
    const status = document.getElementById('status');
    if (status?.dataset.state !== 'starting') return;  // it runs
    status.textContent = words;
  };

  /** @param {number} delay_ms */
  const wait = (delay_ms) => new Promise((resolve) => setTimeout(resolve, delay_ms));

  /** @param {string} url */
  const comes_now = async (url) => {
    const answer = await fetch(url, { method: 'HEAD', cache: 'no-store' }).catch(() => null);
    if (answer?.status === 404) {
      say('a newer version of this page is there; loading it');
      await wait(kReloadMilliseconds);
      location.reload();
    }
    return answer?.ok ?? false;
  };

  /** @param {HTMLLinkElement | HTMLScriptElement} element */
  const bring = async (element) => {
    const url = element.getAttribute('href') ?? element.getAttribute('src') ?? '';
    const [file] = url.split('?');
    do {
      const delay_ms = Math.min(kLongestMilliseconds, kFirstMilliseconds * 2 ** tries++) * (0.5 + Math.random() / 2);
      say(`a part of this page did not come; next try in ${Math.ceil(delay_ms / 1000)} s`);
      await wait(delay_ms);
      say('loading');
    } while (!await comes_now(file));
    const again = document.createElement(element.localName);
    for (const { name, value } of element.attributes) again.setAttribute(name, value === url ? `${file}?again=${tries}` : value);
    element.replaceWith(again);  // browsers remember that a module of the same address failed
  };

  addEventListener('error', (event) => {
    const { target } = event;
    if (target instanceof HTMLScriptElement) bring(target);
    else if (target instanceof HTMLLinkElement && target.rel === 'stylesheet') bring(target);
    else if (event instanceof ErrorEvent)
      say(`this page cannot start in this browser: ${event.message}. It needs one of the last few years.`);
  }, true);
}
