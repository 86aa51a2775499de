// Runs inside a page of the server: a device that calls several others, over connections that make many candidates and
// note which come. Called by name from mesh_test.mjs; arguments and results are JSON.
globalThis.mesh = (() => {
  const errors = [];
  let icebox;

  // As from many interfaces and servers: `count` candidates more than there are, that lead nowhere.
  function make_many_candidates(count) {
    const Native = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Native {
      made = [];
      got = [];
      constructor(...options) {
        super(...options);
        this.addEventListener('icecandidate', ({ candidate }) => { if (candidate) this.made.push(candidate.candidate); });
      }
      async setLocalDescription(description) {
        await super.setLocalDescription(description);
        if (!this.has_many) setTimeout(() => { for (let i = 0; i < count; ++i) this.invent(); });  // none comes before that
        this.has_many = true;
      }
      invent() {
        const number = this.made.length;
        const text = `candidate:${number} 1 udp ${1000 + number} 192.0.2.${1 + number % 250} ${10_000 + number} typ host`;
        const candidate = { candidate: text, toJSON: () => ({ candidate: text, sdpMid: '0', sdpMLineIndex: 0 }) };
        this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }));
      }
      addIceCandidate(candidate) {
        this.got.push(candidate.candidate);
        return super.addIceCandidate(candidate);
      }
    };
  }

  return {
    async join({ token, candidates }) {
      make_many_candidates(candidates);
      const { connect } = await import('/client/index.js');
      icebox = await connect({ url: '/', token });
      icebox.on('call', (call) => call.accept());
      icebox.on('error', ({ code, message }) => errors.push(`${code} ${message}`));
      return icebox.name;
    },
    call({ names }) { for (const name of names) icebox.call(name); },
    report: () => ({
      errors,
      calls: Object.fromEntries(icebox.calls.map(({ peer, state, connection: { made, got } }) => [peer.name, { state, made, got }])),
    }),
  };
})();
