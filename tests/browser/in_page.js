// Runs inside the page of each browser: one RTCPeerConnection that may use the relay and nothing else.
// What it offers is called by name from peer.mjs; arguments and results are JSON.
globalThis.peer = (() => {
  const kChunkBytes = 16384;
  const kBufferedBytes = 1 << 20;  // more waiting than this, and the sender pauses
  const candidate_errors = [];
  let connection, channel, received, video;

  // Bytes that both ends can compute, so that every received byte is compared. xorshift32.
  function pattern(seed) {
    let x = seed;
    return (bytes) => {
      for (let i = 0; i < bytes.length; ++i) {
        x ^= x << 13; x ^= x >>> 17; x ^= x << 5;
        bytes[i] = x;
      }
      return bytes;
    };
  }

  function use_channel(opened, { receive_seed }) {
    channel = opened;
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = kBufferedBytes / 2;
    received = { bytes: 0, first_wrong_byte: null };
    const expected = pattern(receive_seed);
    channel.onmessage = ({ data }) => {
      const got = new Uint8Array(data), want = expected(new Uint8Array(got.length));
      const wrong = got.findIndex((byte, i) => byte !== want[i]);
      if (wrong >= 0 && received.first_wrong_byte === null) received.first_wrong_byte = received.bytes + wrong;
      received.bytes += got.length;
    };
  }

  // Thirty drawn frames a second of something that moves.
  function canvas_track() {
    const canvas = document.createElement('canvas');
    canvas.width = 320; canvas.height = 240;
    const pen = canvas.getContext('2d');
    let frame = 0;
    setInterval(() => {
      pen.fillStyle = `hsl(${frame * 5 % 360} 80% 50%)`;
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = 'black';
      pen.fillRect(frame * 4 % canvas.width, 60, 40, 120);
      ++frame;
    }, 1000 / 30);
    return canvas.captureStream(30);
  }

  async function gathered() {
    if (connection.iceGatheringState !== 'complete')
      await new Promise((done) => connection.addEventListener('icegatheringstatechange', () => {
        if (connection.iceGatheringState === 'complete') done();
      }));
    return connection.localDescription.sdp;
  }

  async function report() {
    const stats = new Map();
    (await connection.getStats()).forEach((entry) => stats.set(entry.id, entry));
    const of_type = (type) => [...stats.values()].filter((entry) => entry.type === type);
    const describe = (c) => c && { type: c.candidateType, protocol: c.protocol, relay_protocol: c.relayProtocol,
                                   address: c.address ?? c.ip, port: c.port, url: c.url };
    // Firefox marks the pair itself; Chromium names it in the transport.
    const transport = of_type('transport').find((entry) => entry.selectedCandidatePairId);
    const selected = transport ? stats.get(transport.selectedCandidatePairId)
                               : of_type('candidate-pair').find((entry) => entry.selected);
    const inbound_video = of_type('inbound-rtp').find((entry) => entry.kind === 'video');
    return {
      connection: connection.connectionState, ice: connection.iceConnectionState,
      gathering: connection.iceGatheringState, channel: channel?.readyState ?? 'none',
      local: describe(stats.get(selected?.localCandidateId)), remote: describe(stats.get(selected?.remoteCandidateId)),
      received, frames_decoded: inbound_video?.framesDecoded ?? 0,
      pairs: of_type('candidate-pair').map((pair) => ({
        state: pair.state, local: describe(stats.get(pair.localCandidateId)),
        remote: describe(stats.get(pair.remoteCandidateId)),
      })),
      local_candidates: of_type('local-candidate').map(describe), candidate_errors,
    };
  }

  return {
    start({ ice_server, receive_seed, offerer }) {
      connection = new RTCPeerConnection({ iceServers: [ice_server], iceTransportPolicy: 'relay' });
      connection.onicecandidateerror = ({ errorCode, errorText, url }) =>
        candidate_errors.push({ errorCode, errorText, url });
      connection.ondatachannel = (event) => use_channel(event.channel, { receive_seed });
      connection.ontrack = ({ track }) => {
        video = document.createElement('video');
        video.muted = video.autoplay = video.playsInline = true;
        video.srcObject = new MediaStream([track]);
        document.documentElement.append(video);
      };
      const stream = canvas_track();
      connection.addTrack(stream.getVideoTracks()[0], stream);
      if (offerer) use_channel(connection.createDataChannel('bytes'), { receive_seed });
    },
    async offer() {
      await connection.setLocalDescription(await connection.createOffer());
      return gathered();
    },
    async answer({ sdp }) {
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await connection.setLocalDescription(await connection.createAnswer());
      return gathered();
    },
    async accept({ sdp }) {
      await connection.setRemoteDescription({ type: 'answer', sdp });
    },
    async send({ seed, total_bytes }) {
      const fill = pattern(seed);
      for (let sent = 0; sent < total_bytes; sent += kChunkBytes) {
        if (channel.bufferedAmount > kBufferedBytes)
          await new Promise((done) => channel.addEventListener('bufferedamountlow', done, { once: true }));
        channel.send(fill(new Uint8Array(Math.min(kChunkBytes, total_bytes - sent))));
      }
    },
    report,
    close() { connection.close(); },
  };
})();
