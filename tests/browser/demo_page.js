// Runs inside the demo page: does what a person would, and tells what a person would see. Called by name from
// peer.mjs; arguments and results are JSON.
globalThis.peer = (() => {
  const element = (id) => document.getElementById(id);
  const toasts = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) toasts.push(node.textContent);
  }).observe(element('toasts') ?? document.documentElement, { childList: true });

  function report() {
    const remote = element('remote');
    return {
      screen: [...document.querySelectorAll('main > section')].find((section) => !section.hidden)?.id ?? null,
      status: element('status').dataset.state,
      name: element('self-name').textContent,
      peers: Object.fromEntries([...document.querySelectorAll('#peers li')].map((line) =>
        [line.dataset.name, line.dataset.online === 'true'])),
      incoming: element('incoming').open ? element('incoming-title').textContent : null,
      invitation: element('invite').open ? element('invite-link').value : null,
      code_width: element('invite-code').naturalWidth,
      call: element('call').dataset.state ?? null,
      seconds_seen: remote.currentTime,
      size_seen: [remote.videoWidth, remote.videoHeight],
      path: element('path').textContent,
      lines: [...document.querySelectorAll('#lines li')].map((line) => line.textContent),
      stopped: element('stopped').hidden ? null : element('stopped-title').textContent,
      toasts, address: location.href,
    };
  }

  function say({ text }) {
    element('chat-text').value = text;
    document.querySelector('#chat-form button').click();
  }

  return {
    report,
    say,
    join({ name }) {
      element('join-name').value = name;
      document.querySelector('#join-form .primary').click();
    },
    press({ id }) { element(id).click(); },
    press_peer({ name }) { document.querySelector(`#peers li[data-name="${name}"] button`).click(); },
    answer({ how }) { document.querySelector(`#incoming button[value=${how}]`).click(); },
    rename({ name }) {
      element('rename-button').click();
      element('rename-name').value = name;
      document.querySelector('#rename .primary').click();
    },
    forget() {
      element('forget-button').click();
      document.querySelector('#forget .danger').click();
    },
    close_dialog({ id }) { element(id).close(); },
  };
})();
