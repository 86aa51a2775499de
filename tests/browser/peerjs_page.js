// Runs inside an empty page of the server, after npm's peerjs, which is not changed. Called by name from peer.mjs;
// arguments and results are JSON.
globalThis.peer = (() => {
  const errors = [], heard = [];
  let me, data, call, video;

  // Thirty drawn frames a second of something that moves.
  function drawing() {
    const canvas = document.createElement('canvas');
    canvas.width = 320; canvas.height = 240;
    const pen = canvas.getContext('2d');
    let frame = 0;
    setInterval(() => {
      pen.fillStyle = `hsl(${frame++ * 5 % 360} 80% 50%)`;
      pen.fillRect(0, 0, canvas.width, canvas.height);
    }, 1000 / 30);
    return canvas.captureStream(30);
  }

  function show(found) {
    call = found;
    call.on('stream', (stream) => {
      video ??= document.documentElement.appendChild(document.createElement('video'));
      video.muted = video.autoplay = video.playsInline = true;
      video.srcObject = stream;
    });
  }

  function use(found) {
    data = found;
    data.on('data', (message) => heard.push(message));
    data.on('error', ({ type }) => errors.push(`data ${type}`));
  }

  // The name once it is open, or the type of the error.
  const opened = (peer) => new Promise((done) => {
    peer.once('open', (id) => done(id));
    peer.once('error', ({ type }) => done(`error ${type}`));
  });

  const make = (id, { path = '/peerjs', key = 'peerjs', ice_server }) => {
    const options = { host: location.hostname, port: 443, secure: true, path, key, debug: 1,
                      ...(ice_server && { config: { iceServers: [ice_server] } }) };
    return id ? new Peer(id, options) : new Peer(options);
  };

  const plain = (message) => message?.bytes ? { ...message, bytes: Array.from(new Uint8Array(message.bytes)) } : message;

  return {
    join({ id, ...options }) {
      me = make(id, options);
      me.on('error', ({ type, message }) => errors.push(`${type}: ${message}`));
      me.on('connection', use);
      me.on('call', (incoming) => {
        show(incoming);
        incoming.answer(drawing());
      });
      return opened(me);
    },
    // Another Peer of this page, for as long as it takes to see what becomes of it.
    async try_to_join({ id, ...options }) {
      const other = make(id, options);
      const outcome = await opened(other);
      other.destroy();
      return outcome;
    },
    // The client gives up its connection when it is not told.
    async try_to_list(options) {
      const other = make(undefined, options);
      await opened(other);
      const outcome = await new Promise((done) => {
        other.once('error', ({ type }) => done(`error ${type}`));
        other.listAllPeers(done);
      });
      other.destroy();
      return outcome;
    },
    connect({ id, ...options }) { use(me.connect(id, options)); },
    call({ id }) { show(me.call(id, drawing())); },
    say(message) { data.send(message); },
    // `count` octets that both ends can compute.
    say_bytes({ count }) { data.send({ bytes: Uint8Array.from({ length: count }, (_, i) => i % 251) }); },
    disconnect() { me.disconnect(); },
    async reconnect() {
      me.reconnect();
      return opened(me);
    },
    destroy() { me.destroy(); },
    async report() {
      const stats = new Map();
      const connection = (call?.open ? call : data)?.peerConnection;
      (await connection?.getStats())?.forEach((entry) => stats.set(entry.id, entry));
      const of_type = (type) => [...stats.values()].filter((entry) => entry.type === type);
      const transport = of_type('transport').find((entry) => entry.selectedCandidatePairId);
      const pair = transport ? stats.get(transport.selectedCandidatePairId)
                             : of_type('candidate-pair').find((entry) => entry.selected);
      const describe = (id) => { const c = stats.get(id); return c && `${c.candidateType} ${c.relayProtocol ?? c.protocol}`; };
      return {
        id: me?.id, open: me?.open, disconnected: me?.disconnected, errors, heard: heard.map(plain),
        data: data?.open ?? null, call: call?.open ?? null, state: connection?.iceConnectionState ?? null,
        frames: of_type('inbound-rtp').find((entry) => entry.kind === 'video')?.framesDecoded ?? 0,
        local: describe(pair?.localCandidateId), remote: describe(pair?.remoteCandidateId),
      };
    },
  };
})();
