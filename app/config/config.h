// What icebox can be told: one plain struct per section of icebox.toml. The initialisers are the defaults,
// and the only ones. How the keys are called and whether a reload applies them is config_keys.h; reading
// files and
// --set is config_load.h. Plain values; safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/listener_uri.h"
#include "app/config/types.h"
#include "base/address.h"

namespace app {

// Obtaining certificates by ACME (RFC 8555). Not built in yet: domains must stay empty.
struct AcmeConfig {
  std::vector<std::string> domains;
  // Where the authority writes to before a certificate expires.
  std::string email;
  // URL of the authority's directory; empty: Let's Encrypt.
  std::string directory;

  bool operator==(const AcmeConfig&) const = default;
};

struct TlsConfig {
  // PEM files, both or neither. Neither: self-signed, made on first start, kept in data_dir.
  std::filesystem::path certificate;  // with its chain
  std::filesystem::path key;
  AcmeConfig acme;

  bool operator==(const TlsConfig&) const = default;
};

struct AuthConfig {
  // REST secrets. The first mints, all are accepted, so that a secret can be replaced without cutting anybody
  // off. Empty: a random one, made on first start, kept in data_dir.
  std::vector<std::string> secret;
  // Long-term users by name, with their passwords, besides those of `icebox user add`.
  std::map<std::string, std::string> users;
  // How long a minted credential lasts. An hour outlives any page load and bounds what a leaked one is worth.
  std::chrono::seconds credential_ttl{std::chrono::hours{1}};
  // A REST credential that claims to last longer than this from now was not minted by a sane program:
  // refused.
  std::chrono::seconds max_credential_ttl{std::chrono::hours{24}};
  // SHA-1 is what coturn, browsers' back ends and every draft-uberti client use.
  RestHash rest_hash = RestHash::kSha1;
  // Ask clients to send a hash in place of their name (USERHASH, RFC 8489 §9.2). Off, for a client that does
  // so cannot use REST credentials: the name of one cannot be found by its hash.
  bool username_anonymity = false;

  bool operator==(const AuthConfig&) const = default;
};

struct RelayConfig {
  // Ports of relayed addresses. The range that IANA leaves to dynamic use.
  PortRange ports{49152, 65535};
  // Where relayed addresses live. Empty: the listening address, or for a wildcard the default-route address.
  std::vector<base::IpAddress> addresses;
  // Peers beyond or short of the built-in rules, which deny private and reserved addresses. Denying wins.
  std::vector<PeerRule> allow_peers;
  std::vector<PeerRule> deny_peers;
  // Bounds on what one user, one source address (/64 for IPv6) and everybody together may hold.
  uint32_t allocations_per_user = 100;
  uint32_t allocations_per_source = 100;
  uint32_t allocations = 100'000;
  // Per direction; 0: no limit. A video call takes 2 to 4 million.
  uint64_t bits_per_second_per_allocation = 0;
  // Longest lifetime granted: bounds how long a vanished client keeps a port. At least 10 minutes.
  std::chrono::seconds max_lifetime{std::chrono::hours{1}};
  // RFC 6062: TCP between icebox and peers. Off, for it lets clients open connections from this host.
  bool tcp_relay = false;
  // Channel numbers up to 0x7FFF for clients from before RFC 8656, such as turnutils_uclient of Debian's
  // coturn.
  // The kernel relays channels by itself: auto takes what works here.
  FastPath fast_path = FastPath::kAuto;

  bool operator==(const RelayConfig&) const = default;
};

// Messages kept for a peer that is away for a moment.
struct OfflineQueueConfig {
  uint32_t messages = 64;
  ByteSize bytes{256 * 1024};
  // Older offers and candidates help nobody: their sender has given up.
  std::chrono::seconds age{30};

  bool operator==(const OfflineQueueConfig&) const = default;
};

// How fast one peer may send. Above it, it is not read until it is within it again.
struct MessageRateConfig {
  uint32_t per_second = 50;
  // At once; 0: what calls with peers_per_user others need, offers and candidates of each.
  uint32_t burst = 0;
  ByteSize bytes_per_second{512 * 1024};
  ByteSize burst_bytes;  // likewise, and never less than max_message

  bool operator==(const MessageRateConfig&) const = default;
};

struct SignalingConfig {
  // The key that PeerJS clients name ("peerjs" unless they are told otherwise). Empty: dialect off.
  std::string peerjs_key = "peerjs";
  // Tell PeerJS clients, and with them everybody, the ids that are connected.
  bool peerjs_discovery = false;
  // The /send and /receive dialect.
  bool ice_test = false;
  // Accept self-asserted fingerprints on /ws, as PeerBook did, of peers that POST /verify made. Whoever knows
  // the fingerprint of such a peer may then claim to be it; peers with tokens still have to show them.
  bool legacy_peerbook = false;
  // At the relay a peer's credential permits only addresses that other peers have signalled to it.
  bool strict_permissions = false;
  // Whether devices may register themselves; an operator's or a verified peer's invitation always lets one
  // in.
  Registration registration = Registration::kClosed;
  // Web origins that may connect, as "https://app.example.org", or "*". Empty: the same origin, and clients
  // that are no browsers.
  // "https://*.example.org", "http://localhost:*" and "null" may be among them, see base/web_origin.h.
  std::vector<std::string> allowed_origins;
  // Where browsers find the pages if not straight at `listen`, as "https://example.org/rtc/": what a proxy in
  // front answers for. Invitation links begin with it. Empty: as requests ask for us.
  std::string public_url;
  // Largest signaling message. An SDP with many candidates stays below 16 KiB.
  ByteSize max_message{64 * 1024};
  // Peers (devices, browsers) that one user may have, waiting ones included.
  uint32_t peers_per_user = 20;
  MessageRateConfig message_rate;
  OfflineQueueConfig offline_queue;

  bool operator==(const SignalingConfig&) const = default;
};

// Against abuse. A source is an IPv4 address or an IPv6 /64.
struct LimitsConfig {
  // TCP connections, of all kinds.
  uint32_t connections = 20'000;
  uint32_t connections_per_source = 256;
  // Binding, 401 and 438 answers per source: what a forged source address can be made to receive.
  uint32_t unauthenticated_replies_per_second = 50;
  // Of one source for one TURN user; for all its users together 20 times as many. 0: no limit.
  uint32_t wrong_passwords_per_minute = 30;
  uint32_t http_requests_per_second = 20;
  // A TCP connection must show what it speaks, with a whole first message, within this.
  std::chrono::seconds first_message_deadline{10};
  // A TLS or DTLS handshake must be done within this.
  std::chrono::seconds handshake_deadline{10};
  // A connection that has not authenticated by then is closed.
  std::chrono::seconds unauthenticated_deadline{60};
  // An HTTP connection without a request is closed. Allocations and WebSockets have lifetimes of their own.
  std::chrono::seconds idle_deadline{60};
  // Pages, API and WebSockets over plain HTTP for others than loopback and proxies. Off, for tokens and
  // invitations would go over the network for everybody to read.
  bool plain_http = false;
  // HTTP proxies whose X-Forwarded-For, -Proto and the like, or Forwarded, are believed.
  std::vector<base::IpPrefix> forwarded_for_from;
  // Load balancers whose PROXY protocol header is believed. From them it is required: a connection without
  // one is closed. From anybody else it is a protocol error.
  std::vector<base::IpPrefix> proxy_protocol_from;

  bool operator==(const LimitsConfig&) const = default;
};

struct MetricsConfig {
  // Prometheus, without a password: keep it on an inner address. Empty text: off.
  std::optional<base::Endpoint> listen = base::Endpoint{base::IpAddress::v4(0x7f000001), 9641};

  bool operator==(const MetricsConfig&) const = default;
};

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;

  bool operator==(const LogConfig&) const = default;
};

// A fault between values that are well-formed one by one.
struct ConfigProblem {
  // The keys concerned, the one to change first. Names of config_keys.h.
  std::vector<std::string_view> keys;
  // One line: key, value, reason, cure.
  std::string text;

  bool operator==(const ConfigProblem&) const = default;
};

struct Config {
  // Users' long-term keys are made of it: changing it invalidates passwords stored as keys. Empty: host name.
  std::string realm;
  // Where clients are served. 3478 is TURN's own port; 443 is the one that leaves corporate networks.
  // [::] takes IPv4 too; fit_default_listeners() in app/relay_addresses.h sees to hosts without IPv6.
  std::vector<Listener> listen{
      {Scheme::kUdp, {base::IpAddress::v6(0, 0), 3478}},
      {Scheme::kTcp, {base::IpAddress::v6(0, 0), 3478}},
      {Scheme::kUdp, {base::IpAddress::v6(0, 0), 443}},
      {Scheme::kTls, {base::IpAddress::v6(0, 0), 443}},
  };
  // Advertised in place of the host's own addresses behind 1:1 NAT; at most one per family.
  std::vector<base::IpAddress> external_ip;
  // Relay threads; 0: one per core.
  uint32_t workers = 0;
  // Database, made-up secrets and certificates, control socket.
  std::filesystem::path data_dir = "/var/lib/icebox";
  TlsConfig tls;
  AuthConfig auth;
  RelayConfig relay;
  SignalingConfig signaling;
  LimitsConfig limits;
  MetricsConfig metrics;
  LogConfig log;

  bool operator==(const Config&) const = default;

  // Every contradiction in the values, without looking at the host (that is self_check.h); empty if all is
  // well.
  [[nodiscard]] std::vector<ConfigProblem> problems() const;
};

}  // namespace app
