// What an operator may choose about the TURN server. Plain values; copied into every worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace relay {

struct ServerOptions {
  std::string realm = "icebox";

  // Granted when the client names no lifetime or a shorter one (RFC 8656 §7.2).
  std::chrono::seconds default_lifetime{600};
  // Longest grant: bounds how long a vanished client keeps a port. At least default_lifetime.
  std::chrono::seconds max_lifetime{3600};
  // Five minutes whatever the allocation's lifetime (RFC 8656 §9), ten for a channel (§12). Not configurable.
  static constexpr std::chrono::seconds kPermissionLifetime{300};
  static constexpr std::chrono::seconds kChannelLifetime{600};
  // A channel number rests this long before another peer may have it (RFC 8656 §12): late packets find nobody
  // new.
  static constexpr std::chrono::seconds kChannelQuarantine{300};

  // Bounds of one allocation: at the bound the answer is 508.
  size_t max_permissions = 1024;
  size_t max_channels = 1024;

  // For each direction, with the IP and UDP headers between relay and peer; 0 = no limit. Above it datagrams
  // are dropped and counted, and TCP is slowed down.
  uint64_t bits_per_second_per_allocation = 0;

  // 401, 438 and Binding answers to one source address (/64 for IPv6) and second.
  uint32_t unauthenticated_replies_per_second = 50;
  // Requests with a wrong password, of one source and for one name; see GuessBudget. 0: no limit.
  uint32_t wrong_passwords_per_minute = 30;

  // Offer SHA-256 by PASSWORD-ALGORITHMS (RFC 8489 §9.2.1): costs 16 octets in every 401 and 438.
  bool offer_password_algorithms = true;
  // Ask for USERHASH. Only where every user is in the database: REST names cannot be looked up by hash.
  bool username_anonymity = false;
  // TCP relaying (RFC 6062). Off: no such Allocate, no new connection; those that carry data go on.
  bool tcp_relay = false;
  // TCP connections with peers: of one allocation, and of this server. At the bound Connect gets 508, and
  // who comes in is turned away.
  size_t max_connections_per_allocation = 64;
  size_t max_connections = 10'000;

  // A peer's datagram above this goes only to clients that bound a channel: Firefox closes a stream whose
  // Data indication exceeds its buffer of 2048 octets.
  size_t max_stream_indication_bytes = 1900;
};

}  // namespace relay
