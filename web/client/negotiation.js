// Perfect negotiation (W3C webrtc, section 10.7): either side may offer at any time; when both do, the polite one
// gives way. https://www.w3.org/TR/webrtc/#perfect-negotiation-example
// One case is left to the browsers' makers: when both sides add the first media of a call in the same moment and
// Chromium is the polite one beside Firefox, it fails over header extensions of the offer that it gave up.
const kMostEarlyCandidates = 256;

/**
 * Sends a description or a candidate; rejects when it was not delivered.
 * @typedef {(kind: 'offer' | 'answer' | 'candidate', body: any) => Promise<void>} SendSignal
 */

export class Negotiation {
  #connection;
  #polite;
  #send;
  #settled;
  #failed;
  #answered_offer = '';
  /** @type {'active' | 'passive' | null} which end of DTLS this is, once that is settled */
  #dtls_role = null;
  #descriptions_sent = 0;
  #is_underway = false;  // the last of them has no receipt yet
  /** @type {RTCIceCandidateInit[] | null} those that came before a description */
  #early_candidates = [];
  // One thing after the other: an offer made while another is being taken would meet bugs of every browser.
  /** @type {Promise<void>} */
  #work = Promise.resolve();

  /**
   * @param {RTCPeerConnection} connection
   * @param {object} options
   * @param {boolean} options.polite
   * @param {SendSignal} options.send
   * @param {() => void} options.settled  offer and answer are both known here
   * @param {(error: unknown) => void} options.failed  a description did not arrive, or does not fit
   */
  constructor(connection, { polite, send, settled, failed }) {
    this.#connection = connection;
    this.#polite = polite;
    this.#send = send;
    this.#settled = settled;
    this.#failed = failed;
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate) send('candidate', candidate.toJSON()).catch(() => {});  // the offer's receipt says enough
    });
  }

  get polite() {
    return this.#polite;
  }

  /** Makes and sends an offer, unless one is under way; the browser asks again after that. */
  offer() {
    this.#enqueue(async () => {
      if (this.#connection.signalingState !== 'stable') return;
      await this.#connection.setLocalDescription();
      this.#send_description();
    });
  }

  /** Sends an offer that has no answer again, if it has arrived: at a page that is gone, perhaps. */
  repeat_offer() {
    if (this.#connection.signalingState === 'have-local-offer' && !this.#is_underway) this.#send_description();
  }

  /**
   * Takes what arrived, in the order of the calls.
   * @param {'offer' | 'answer' | 'candidate'} kind
   * @param {any} body
   */
  receive(kind, body) {
    this.#enqueue(() => kind === 'candidate' ? this.#on_candidate(body) : this.#on_description({ type: kind, sdp: body.sdp }));
  }

  /** @param {() => Promise<void>} deed */
  #enqueue(deed) {
    this.#work = this.#work.then(deed).catch((error) => {
      if (this.#connection.signalingState !== 'closed') this.#failed(error);
    });
  }

  /** @param {RTCSessionDescriptionInit} description */
  async #on_description(description) {
    const connection = this.#connection;
    const is_stable = connection.signalingState === 'stable';
    if (description.type === 'answer') {
      if (connection.signalingState !== 'have-local-offer') return;  // came twice
      await connection.setRemoteDescription(description);
      this.#settle_dtls_role(/^a=setup:active/m.test(description.sdp ?? '') ? 'passive' : 'active');
      this.#settled();
      return this.#add_early_candidates();
    }
    if (is_stable && identity_of(description.sdp) === this.#answered_offer) return this.#send_description();  // came twice
    if (!is_stable && !this.#polite) return this.repeat_offer();
    await connection.setRemoteDescription(description);  // takes our own offer back, if there is one
    await this.#add_early_candidates();
    await connection.setLocalDescription();
    this.#answered_offer = identity_of(description.sdp);
    this.#settle_dtls_role(/^a=setup:active/m.test(connection.localDescription?.sdp ?? '') ? 'active' : 'passive');
    this.#send_description();
    this.#settled();
  }

  /** @param {RTCIceCandidateInit} candidate */
  async #on_candidate(candidate) {
    if (this.#early_candidates && !this.#connection.remoteDescription) {
      if (this.#early_candidates.length < kMostEarlyCandidates) this.#early_candidates.push(candidate);
      return;
    }
    // One for a description that was given up, or of a kind this browser does not know, is no reason to fail.
    await this.#connection.addIceCandidate(candidate).catch(() => {});
  }

  async #add_early_candidates() {
    const early = this.#early_candidates ?? [];
    this.#early_candidates = null;
    for (const candidate of early) await this.#connection.addIceCandidate(candidate).catch(() => {});
  }

  // DTLS goes on through an ICE restart, with the same roles (RFC 8842 section 4). Firefox 153 forgets that it was the
  // server and answers "active" where a later offer leaves the choice, which breaks Chromium's end: leave none.
  /** @param {'active' | 'passive'} role */
  #settle_dtls_role(role) {
    this.#dtls_role ??= role;
  }

  #send_description() {
    const { type, sdp: full_sdp } = /** @type {RTCSessionDescription} */ (this.#connection.localDescription);
    const sdp = this.#dtls_role ? full_sdp.replaceAll('a=setup:actpass', `a=setup:${this.#dtls_role}`) : full_sdp;
    const number = ++this.#descriptions_sent;
    const is_last = () => number === this.#descriptions_sent;
    this.#is_underway = true;
    this.#send(/** @type {'offer' | 'answer'} */ (type), { type, sdp })
      .finally(() => { if (is_last()) this.#is_underway = false; })
      .catch((error) => { if (is_last()) this.#on_undelivered(error); });
  }

  /** @param {unknown} error */
  async #on_undelivered(error) {
    if (this.#connection.signalingState === 'have-local-offer')  // so that the next one can be made
      await this.#connection.setLocalDescription({ type: 'rollback' }).catch(() => {});
    if (this.#connection.signalingState !== 'closed') this.#failed(error);
  }
}

// The same for a description that is sent again with more candidates in it, another for the next.
function identity_of(sdp = '') {
  return /^o=.*$/m.exec(sdp)?.[0] + ' ' + /^a=ice-ufrag:.*$/m.exec(sdp)?.[0];
}
