// The states of JSEP (RFC 8829 section 3.2) and nothing else. Each offer has a version of its own; `role` is what it
// answers to a=setup:actpass.
export class FakeConnection extends EventTarget {
  signalingState = 'stable';
  localDescription = null;
  remoteDescription = null;
  candidates = [];
  offers_made = 0;
  offers_applied = 0;
  role = 'active';
  #version = 0;

  async setLocalDescription(description) {
    await null;
    if (description?.type === 'rollback') {
      this.signalingState = 'stable';
    } else if (this.signalingState === 'have-remote-offer') {
      const asked = /a=setup:(\w+)/.exec(this.remoteDescription.sdp)[1];
      const role = { actpass: this.role, active: 'passive', passive: 'active' }[asked];
      this.localDescription = { type: 'answer', sdp: `o=- 9 ${++this.#version}\r\na=ice-ufrag:a\r\na=setup:${role}\r\n` };
      this.signalingState = 'stable';
    } else {
      this.localDescription = { type: 'offer', sdp: `o=- 9 ${++this.#version}\r\na=ice-ufrag:o\r\na=setup:actpass\r\n${this.padding ?? ''}` };
      this.signalingState = 'have-local-offer';
      ++this.offers_made;
    }
  }

  async setRemoteDescription(description) {
    await null;
    if (description.type === 'answer' && this.signalingState !== 'have-local-offer') throw new Error('no offer');
    this.remoteDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    this.offers_applied += description.type === 'offer' ? 1 : 0;
  }

  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new Error('early');
    if (candidate.candidate === 'bad') throw new Error('bad');
    this.candidates.push(candidate.candidate);
  }
}

