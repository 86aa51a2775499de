// Runs inside an empty page of the server: a device by the JavaScript client, without the demo around it. Called by
// name from peer.mjs; arguments and results are JSON.
globalThis.peer = (() => {
  const errors = [], states = [], received = [], sent = { delivered: 0, failed: [] };
  let icebox, call, token, heard = [], heard_at_ms = 0, silence_ms = 0, renewals = 0;

  function use(found) {
    call = found;
    heard = [];
    renewals = 0;
    call.on('data', (data) => {
      heard.push(data);
      silence_ms = Math.max(silence_ms, Date.now() - heard_at_ms);
      heard_at_ms = Date.now();
    });
    call.on('connection', () => ++renewals);
    call.on('track', ({ streams }) => { video.srcObject = streams[0]; });
  }

  const video = document.createElement('video');
  video.muted = video.autoplay = video.playsInline = true;
  document.documentElement.append(video);

  // Something that moves, so that there is video to be sent at any time.
  function picture() {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [160, 120];
    const pen = canvas.getContext('2d');
    let frame = 0;
    setInterval(() => {
      pen.fillStyle = `hsl(${++frame * 7 % 360} 80% 50%)`;
      pen.fillRect(0, 0, canvas.width, canvas.height);
    }, 100);
    return canvas.captureStream(10);
  }

  async function frames_decoded() {
    let frames = 0;
    (await call.connection.getStats()).forEach(({ type, kind, framesDecoded = 0 }) => {
      if (type === 'inbound-rtp' && kind === 'video') frames += framesDecoded;
    });
    return frames;
  }

  async function connect(module) {
    icebox = await module.connect({ url: '/', token });
    states.push(icebox.state);
    icebox.on('state', ({ state }) => states.push(state));
    icebox.on('error', ({ code, message }) => errors.push(`${code} ${message}`));
    icebox.on('message', ({ data }) => received.push(data));
    icebox.on('call', (incoming) => {
      use(incoming);
      incoming.accept({ streams: [picture()] });
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
    call({ name }) { use(icebox.call(name, { streams: [picture()] })); },
    say({ text }) { call.send(text); },
    // Numbered words in the call, one each `interval_ms`; goes on while other orders come.
    count({ count, interval_ms }) {
      let next = 0;
      [heard_at_ms, silence_ms] = [Date.now(), 0];
      const timer = setInterval(() => {
        call.send(`number ${next++}`);
        if (next >= count) clearInterval(timer);
      }, interval_ms);
    },
    hang_up() { call.hang_up(); },
    async report() {
      return {
        state: icebox?.state, states, errors, received, sent, heard, silence_ms,
        peers: Object.fromEntries(icebox?.peers.map(({ name, online }) => [name, online]) ?? []),
        call: call?.state ?? null, reason: call?.reason ?? null, renewals,
        connection: call?.connection.connectionState, ice: call?.connection.iceConnectionState,
        dtls: call?.connection.sctp?.transport?.state, channel: call?.channel?.readyState,
        frames: call?.state === 'connected' ? await frames_decoded() : 0,
        ufrag: call && call.state !== 'ended'  // Firefox throws once it is closed
          ? /a=ice-ufrag:(\S+)/.exec(call.connection.localDescription?.sdp)?.[1] : null,
        turn_user: call && call.state !== 'ended'
          ? call.connection.getConfiguration().iceServers.find(({ username }) => username)?.username : null,
        path: call?.state === 'connected' ? (await call.summary()).path : null,
      };
    },
  };
})();
