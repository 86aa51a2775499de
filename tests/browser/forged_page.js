// Runs inside a page of the server: a thief who has a peer's token but not its certificate, and who is called. Functions
// by name, as forged_test.mjs calls them; arguments and results are JSON.
globalThis.forged = (() => {
  const kOpenMilliseconds = 15_000, kQuietMilliseconds = 1_500;
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const heard = [];  // what the application of the one who is called was told
  let device, hub;

  // Where the client's WebSocket should lead to: a hub that lets everything through.
  class FakeHub {
    readyState = 0;
    constructor() {
      hub = this;
      setTimeout(() => {
        this.readyState = 1;
        this.onopen?.({});
        const peer = { name: 'ann', fp: this.fp ?? hub_fp, verified: true, online: true };
        this.say({ uid: 'u', user: 'u', name: 'bob', fp: null, session: 's', resumed: false, peers: [peer], ice_servers: [] });
      });
    }
    n = 0;
    sent = [];
    say(frame) { this.onmessage?.({ data: JSON.stringify(frame) }); }
    relay(message) { this.say({ n: ++this.n, source_fp: hub_fp, source_name: 'ann', ...message }); }
    send(text) {
      const frame = JSON.parse(text);
      this.sent.push(frame);
      if (frame.id) this.say({ n: ++this.n, ack: frame.id, status: 'delivered' });
      this.onsent?.(frame);
    }
    close() {}
  }
  let hub_fp = '';

  async function connect(token) {
    const { connect } = await import('/client/index.js');
    device = await connect({ url: location.origin, token });
    device.on('error', ({ code, message }) => heard.push(`error ${code} ${message}`));
    device.on('message', () => heard.push('message'));
    device.on('call', (call) => {
      heard.push(`call from ${call.peer.fp}`);
      call.on('data', (data) => heard.push(`data: ${data}`));
      call.accept();
    });
  }

  async function certificate_of(connection) {
    const { sdp } = await connection.createOffer();
    return /a=fingerprint:sha-256 (\S+)/i.exec(sdp)[1].replaceAll(':', '');
  }

  // A call by hand: `signal` sends an offer or a candidate; what comes back goes into `receive`.
  async function place_call(connection, channel, body_of, signal) {
    await connection.setLocalDescription();
    await new Promise((resolve) => {  // one description with all candidates: no more is needed
      connection.onicegatheringstatechange = () => { if (connection.iceGatheringState === 'complete') resolve(); };
      setTimeout(resolve, 3_000);
    });
    signal({ offer: body_of(connection.localDescription.sdp) });
    const opened = new Promise((resolve) => { channel.onopen = () => resolve(true); });
    return { opened, async receive(frame) {
      if (frame.answer) await connection.setRemoteDescription({ type: 'answer', sdp: frame.answer.sdp });
      if (frame.candidate?.candidate) await connection.addIceCandidate(frame.candidate).catch(() => {});
    } };
  }

  function fresh_connection() {
    const connection = new RTCPeerConnection();
    return { connection, channel: connection.createDataChannel('icebox', { negotiated: true, id: 100 }) };
  }

  const as_call = (body, id) => typeof body === 'object' ? { ...body, call: id, data: true } : body;

  return {
    // The client is alone with a hub that lets everything through. Each forgery of test/forgeries.js; '' is none.
    async behind_open_hub({ way, own_fp }) {
      const { forgeries } = await import(URL.createObjectURL(new Blob([globalThis.forgeries_source], { type: 'text/javascript' })));
      const { connection, channel } = fresh_connection();
      hub_fp = way ? own_fp : await certificate_of(connection);
      const real = globalThis.WebSocket;
      globalThis.WebSocket = FakeHub;
      try {
        heard.length = 0;
        await connect('ibx_any');
        const forge = forgeries[way] ?? ((sdp) => ({ type: 'offer', sdp }));
        const call = await place_call(connection, channel, (sdp) => as_call(forge(sdp, own_fp), 'evil'), (m) => hub.relay(m));
        hub.onsent = (frame) => call.receive(frame);
        for (const frame of hub.sent) call.receive(frame);
        const is_open = await Promise.race([call.opened, wait(way ? kQuietMilliseconds : kOpenMilliseconds).then(() => false)]);
        if (is_open) channel.send('hello');
        await wait(is_open ? 300 : 0);
        return { is_open, heard: [...heard], answered: hub.sent.some(({ answer }) => answer) };
      } finally {
        device.close();
        connection.close();
        globalThis.WebSocket = real;
      }
    },

    // Bob, who takes every call, on the real server.
    async listen({ token }) { await connect(token); return device.peers.map(({ name, fp }) => ({ name, fp })); },
    heard: () => [...heard],

    // Ann herself: binds her certificate, calls bob, and goes.
    async call_as_oneself({ token, to }) {
      await connect(token);
      const call = device.call(to);
      call.send('hello from ann');
      const ended = Date.now() + kOpenMilliseconds;
      while (call.state !== 'connected' && Date.now() < ended) await wait(50);
      await wait(500);
      const { fp } = device, { state } = call;
      device.close();
      return { fp, state };
    },

    // Whoever has ann's token: what the server answers, and whether a connection with bob comes of it.
    async steal({ token, fp, to, ways }) {
      const { forgeries } = await import(URL.createObjectURL(new Blob([globalThis.forgeries_source], { type: 'text/javascript' })));
      const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws`, ['icebox.v1', `icebox.token.${token}`]);
      const inbox = [];
      let handle = () => {};
      socket.onmessage = ({ data }) => { inbox.push(JSON.parse(data)); handle(JSON.parse(data)); };
      while (!inbox.some(({ session }) => session)) await wait(50);
      const results = {};
      let id = 0;
      for (const way of ways) {
        const { connection, channel } = fresh_connection();
        const forge = forgeries[way];
        const send = (message) => socket.send(JSON.stringify({ target: to, id: ++id, ...message }));
        const call = await place_call(connection, channel, (sdp) => as_call(forge(sdp, fp), `evil-${id}`), send);
        handle = (frame) => call.receive(frame);
        const is_open = await Promise.race([call.opened, wait(kQuietMilliseconds).then(() => false)]);
        const { status, code } = inbox.find(({ ack, nack }) => ack === id || nack === id) ?? {};
        results[way] = { is_open, answer: status ?? code ?? null };
        connection.close();
      }
      socket.close();
      return results;
    },
  };
})();
