// What is sent over a call's data channel arrives once and in order, also when another channel, of another connection,
// takes the place of the first. Messages go as they are; receipts go over a channel of their own.

// Both sides make the channels themselves, so that they are the same ones even when both call at once.
const kChannelId = 100;
const kReceiptsId = 101;
const kReceiptAfterMilliseconds = 200;
const kReceiptAfterBytes = 256 * 1024;
const kMostBufferedBytes = 1024 * 1024;  // of a channel that catches up: browsers refuse more than some megabytes

/** @typedef {import('./environment.js').Environment} Environment */
/** @typedef {string | ArrayBuffer} Message */

export class Delivery {
  #environment;
  #received;
  #closed;
  /** @type {RTCDataChannel | null} */
  #channel = null;
  /** @type {RTCDataChannel | null} */
  #receipts = null;
  /** @type {(data: any) => void} the channel's own send() */
  #transmit = () => {};
  /** @type {Message[]} without a receipt, oldest first */
  #kept = [];
  #first_kept = 0;        // its number, counted from the call's beginning
  #sent = 0;              // how many of #kept went over this channel
  #is_counted_there = false;
  #heard = 0;             // how many of the other side's messages have come
  #heard_before = 0;
  #unconfirmed_bytes = 0;
  /** @type {any} */
  #receipt_timer = null;

  /**
   * @param {Environment} environment
   * @param {object} deeds
   * @param {(data: any) => void} deeds.received
   * @param {() => void} deeds.closed  the channel has ended, and not by close() or open_on()
   */
  constructor(environment, { received, closed }) {
    this.#environment = environment;
    this.#received = received;
    this.#closed = closed;
  }

  get channel() { return this.#channel; }

  /** How many of the other side's messages had come when the present channel was made: it sends those after them. */
  get heard_before() { return this.#heard_before; }

  /** What waits to be sent, in the channel or before it; text counts by UTF-16 units. */
  get buffered_bytes() {
    return this.#kept.slice(this.#sent).reduce((sum, data) => sum + size_of(data), this.#channel?.bufferedAmount ?? 0);
  }

  /**
   * From now on over channels of this connection, which is fresh. What comes over those before is ignored.
   * @param {RTCPeerConnection} connection
   */
  open_on(connection) {
    this.#detach();
    [this.#sent, this.#heard_before] = [0, this.#heard];
    this.#channel = this.#open_channel(connection);
    const receipts = this.#receipts =
      connection.createDataChannel('icebox-receipts', { negotiated: true, id: kReceiptsId });
    receipts.onopen = () => this.#confirm();
    receipts.onmessage = ({ data }) => this.#drop_until(Number(data));
  }

  /**
   * The other side counts, and had so many when its present channel was made. Before that what was sent is not kept.
   * @param {number} count
   */
  handle_count(count) {
    this.#is_counted_there = true;
    this.#drop_until(count);
  }

  /**
   * Now, or when the channel is open. Throws as the channel's send() does.
   * @param {Message} data
   */
  send(data) {
    const is_direct = this.#channel?.readyState === 'open' && this.#sent === this.#kept.length;
    if (is_direct) this.#transmit(data);
    this.#kept.push(copy_of(data));
    if (is_direct) this.#note_sent();
  }

  close() {
    this.#detach();
    [this.#kept, this.#sent] = [[], 0];
  }

  /** @param {RTCPeerConnection} connection */
  #open_channel(connection) {
    const channel = connection.createDataChannel('icebox', { negotiated: true, id: kChannelId });
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = kMostBufferedBytes / 2;
    this.#transmit = channel.send.bind(channel);
    channel.send = (/** @type {any} */ data) => this.send(data);  // uncounted, one message would stand for another
    channel.onopen = () => this.#catch_up();
    channel.onbufferedamountlow = () => this.#catch_up();
    channel.onmessage = ({ data }) => this.#on_message(data);
    channel.onclose = () => this.#closed();
    return channel;
  }

  #detach() {
    this.#environment.clear_timeout(this.#receipt_timer);
    this.#receipt_timer = null;
    for (const channel of [this.#channel, this.#receipts])
      if (channel) channel.onopen = channel.onbufferedamountlow = channel.onmessage = channel.onclose = null;
  }

  #catch_up() {
    const channel = this.#channel;
    while (channel?.readyState === 'open' && this.#sent < this.#kept.length && channel.bufferedAmount < kMostBufferedBytes) {
      this.#transmit(this.#kept[this.#sent]);
      this.#note_sent();
    }
  }

  #note_sent() {
    ++this.#sent;
    if (!this.#is_counted_there) this.#drop_until(this.#first_kept + this.#sent);
  }

  /** @param {number} count */
  #drop_until(count) {
    const arrived = count - this.#first_kept;
    if (!(arrived > 0 && arrived <= this.#kept.length)) return;
    this.#kept.splice(0, arrived);
    this.#first_kept = count;
    this.#sent = Math.max(0, this.#sent - arrived);
  }

  /** @param {any} data */
  #on_message(data) {
    ++this.#heard;
    this.#unconfirmed_bytes += size_of(data);
    if (this.#unconfirmed_bytes >= kReceiptAfterBytes) this.#confirm();
    else this.#receipt_timer ??= this.#environment.set_timeout(() => this.#confirm(), kReceiptAfterMilliseconds);
    this.#received(data);
  }

  #confirm() {
    this.#environment.clear_timeout(this.#receipt_timer);
    this.#receipt_timer = null;
    this.#unconfirmed_bytes = 0;
    if (this.#is_counted_there && this.#receipts?.readyState === 'open') this.#receipts.send(String(this.#heard));
  }
}

/** @param {any} data */
function size_of(data) {
  return data.byteLength ?? data.length ?? data.size ?? 0;
}

// The application may write into its buffer again.
/** @param {any} data */
function copy_of(data) {
  if (data instanceof ArrayBuffer) return data.slice(0);
  return ArrayBuffer.isView(data) ? data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) : data;
}
