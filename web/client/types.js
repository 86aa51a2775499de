// Shapes that several modules share. No code.

/**
 * A device of the user.
 * @typedef {object} Peer
 * @property {string | null} fp  SHA-256 of its certificate, 64 upper-case hex digits; null until it has proved one
 * @property {string} name
 * @property {string} [kind]
 * @property {boolean} verified
 * @property {boolean} online
 * @property {string | number | null} [last_connect]
 */

/**
 * News of a device.
 * @typedef {object} PeerUpdate
 * @property {string | null} source_fp
 * @property {string} source_name
 * @property {{verified: boolean, online: boolean, kind?: string, old_name?: string, old_fp?: string | null,
 *             removed?: boolean}} peer_update
 */

/**
 * What a verified device should know of its user. `warning`: one_time_passwords_guessed, by the device `name`, wrong
 * `failures` times, and since then no device if `removed`.
 * @typedef {{warning: string, name: string, failures: number, removed: boolean, text: string}} Warning
 */

/**
 * connecting: being opened. waiting: the server knows this peer but nobody has verified it yet. online. offline: will
 * be tried again, unless `final`.
 * @typedef {'connecting' | 'waiting' | 'online' | 'offline'} State
 */

/**
 * @typedef {object} StateChange
 * @property {State} state
 * @property {boolean} final  nothing more will be tried
 * @property {number} [retry_ms]  when offline: the next try
 */

/** @typedef {'offer' | 'answer' | 'candidate' | 'data'} Kind */

/**
 * A message from another peer.
 * @typedef {object} Relayed
 * @property {string | null} source_fp
 * @property {string} source_name
 * @property {number} [seq]  counts what this sender sent to this session
 * @property {Kind} kind
 * @property {any} body
 */

/**
 * @typedef {object} Welcome
 * @property {string | number} uid
 * @property {string} user
 * @property {string} name
 * @property {string | null} fp
 * @property {string} session
 * @property {boolean} resumed
 * @property {Peer[]} peers
 * @property {number} [max_message]  bytes that the server allows for one message
 */

/**
 * @typedef {object} IceServers
 * @property {RTCIceServer[]} ice_servers
 * @property {number} ttl_s  how long the credentials in them are good
 */

/**
 * calling: no answer yet. ringing: for accept() or reject() here. connecting, connected. reconnecting: was connected,
 * and another way is being looked for. ended: for good.
 * @typedef {'calling' | 'ringing' | 'connecting' | 'connected' | 'reconnecting' | 'ended'} CallState
 */

/**
 * Why a call ended. hung up: here. left: by the other side, or its page was closed. unavailable: not there within
 * 30 s, or unknown. refused: the server took no offer of it, event `error` of the Icebox says why: larger than it allows, for
 * example. lost: no way was found for a minute. failed: the two browsers do not understand each other.
 * @typedef {'hung up' | 'left' | 'declined' | 'unavailable' | 'refused' | 'lost' | 'failed' | 'replaced'} EndReason
 */

/**
 * direct: nothing between the two. relayed: by a TURN server, reached over that transport.
 * @typedef {'direct' | 'relayed udp' | 'relayed tcp' | 'relayed tls'} Path
 */

/**
 * @typedef {object} Candidate
 * @property {string} type  host, srflx, prflx or relay
 * @property {string} protocol
 * @property {string} address  '' where the browser hides it
 * @property {number} port
 * @property {string} [url]  the server that gave it
 */

/**
 * What a connection does now.
 * @typedef {object} Summary
 * @property {Path | null} path  null: not connected
 * @property {number | null} rtt_ms
 * @property {number} bytes_sent
 * @property {number} bytes_received
 * @property {Candidate | null} local
 * @property {Candidate | null} remote
 */

export {};
