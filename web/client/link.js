// One RTCPeerConnection and its negotiation: what a call has one of, and after it perhaps another.
import { Negotiation } from './negotiation.js';

/**
 * @typedef {object} LinkEvents
 * @property {import('./negotiation.js').SendSignal} send
 * @property {() => void} needed  an offer is
 * @property {() => void} settled
 * @property {(error: unknown) => void} failed
 * @property {(event: RTCTrackEvent) => void} track
 * @property {(channel: RTCDataChannel) => void} channel
 * @property {(state: RTCPeerConnectionState) => void} state
 */

export class Link {
  #negotiation;
  #has_offered = false;
  #is_closed = false;
  /** @type {Map<RTCRtpSender, MediaStream[]>} which a sender does not tell */
  #streams = new Map();

  /**
   * @param {RTCConfiguration} configuration
   * @param {boolean} polite
   * @param {LinkEvents} events  none after close()
   */
  constructor(configuration, polite, events) {
    const connection = this.connection = new RTCPeerConnection(configuration);
    this.#negotiation = new Negotiation(connection, {
      polite,
      send: async (kind, body) => { if (!this.#is_closed) await events.send(kind, body); },
      settled: () => { if (!this.#is_closed) events.settled(); },
      failed: (error) => { if (!this.#is_closed) events.failed(error); },
    });
    connection.onnegotiationneeded = events.needed;
    connection.ontrack = events.track;
    connection.ondatachannel = ({ channel }) => events.channel(channel);
    connection.onconnectionstatechange = () => events.state(connection.connectionState);
  }

  /** Has sent an offer, and heard nothing from the other side yet: can still be thrown away for the other's offer. */
  get has_only_offered() {
    return this.#has_offered && !this.connection.remoteDescription;
  }

  offer() {
    this.#has_offered = true;
    this.#negotiation.offer();
  }

  repeat_offer() {
    this.#negotiation.repeat_offer();
  }

  /**
   * @param {'offer' | 'answer' | 'candidate'} kind
   * @param {any} body
   */
  receive(kind, body) {
    this.#negotiation.receive(kind, body);
  }

  /** @param {MediaStream[]} streams */
  add(streams) {
    for (const stream of streams) for (const track of stream.getTracks()) this.#add_track(track, [stream]);
  }

  /**
   * Sends the tracks that another sends; is able to receive as many if it is to `offer`.
   * @param {Link} other  not closed yet
   * @param {{offer: boolean}} options
   */
  take_over(other, { offer }) {
    for (const { sender, direction, receiver } of other.connection.getTransceivers()) {
      if (direction === 'stopped') continue;
      if (sender.track) this.#add_track(sender.track, other.#streams.get(sender) ?? [new MediaStream([sender.track])], direction);
      else if (offer && direction !== 'inactive') this.connection.addTransceiver(receiver.track.kind, { direction: 'recvonly' });
    }
  }

  close() {
    this.#is_closed = true;
    const connection = this.connection;
    connection.onnegotiationneeded = connection.ontrack = connection.ondatachannel = connection.onconnectionstatechange = null;
    connection.close();
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {MediaStream[]} streams
   * @param {RTCRtpTransceiverDirection} [direction]
   */
  #add_track(track, streams, direction) {
    const sender = this.connection.addTrack(track, ...streams);
    this.#streams.set(sender, streams);
    const transceiver = direction && this.connection.getTransceivers().find((each) => each.sender === sender);
    if (transceiver && direction !== 'sendrecv') transceiver.direction = direction;
  }
}
