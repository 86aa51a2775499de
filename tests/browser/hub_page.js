// Runs inside an empty page of the server: a device by the JavaScript client, without the demo around it. Called by
// name from peer.mjs; arguments and results are JSON.
globalThis.peer = (() => {
  const errors = [], states = [], received = [], sent = { delivered: 0, failed: [] };
  let icebox, call, token, heard = [];

  function use(found) {
    call = found;
    heard = [];
    call.on('data', (data) => heard.push(data));
  }

  async function connect(module) {
    icebox = await module.connect({ url: '/', token });
    states.push(icebox.state);
    icebox.on('state', ({ state }) => states.push(state));
    icebox.on('error', ({ code, message }) => errors.push(`${code} ${message}`));
    icebox.on('message', ({ data }) => received.push(data));
    icebox.on('call', (incoming) => {
      use(incoming);
      incoming.accept();
    });
  }

  return {
    async join({ invitation, name }) {
      const module = await import('/client/index.js');
      ({ token } = await module.redeem({ url: '/', invitation, name }));
      await connect(module);
    },
    // Numbered messages over the hub, one each `interval_ms`; goes on while other orders come.
    send_numbers({ to, count, interval_ms }) {
      let next = 0;
      const timer = setInterval(() => {
        const number = next++;
        if (next >= count) clearInterval(timer);
        icebox.send(to, number).then(() => ++sent.delivered, ({ code }) => sent.failed.push([number, code]));
      }, interval_ms);
    },
    call({ name }) { use(icebox.call(name)); },
    say({ text }) { call.send(text); },
    hang_up() { call.hang_up(); },
    async report() {
      return {
        state: icebox?.state, states, errors, received, sent, heard,
        peers: Object.fromEntries(icebox?.peers.map(({ name, online }) => [name, online]) ?? []),
        call: call?.state ?? null, reason: call?.reason ?? null,
        ufrag: call && call.state !== 'ended'  // Firefox throws once it is closed
          ? /a=ice-ufrag:(\S+)/.exec(call.connection.localDescription?.sdp)?.[1] : null,
        path: call?.state === 'connected' ? (await call.summary()).path : null,
      };
    },
  };
})();
