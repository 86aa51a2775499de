// STUN requests in IPv4 datagrams with source addresses of one's choice.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/address.h"
#include "base/bytes.h"
#include "stun/wire.h"

namespace bench::generator {

// What a flood mixes, in turn.
enum class SpoofedKind : uint8_t {
  kBinding,
  kAllocate,          // without credentials: asks for a 401
  kAllocateWithLies,  // with a made-up user, nonce and integrity
};
inline constexpr int kSpoofedKinds = 3;

// The IPv4 datagram of request number `number`, valid until the next call. Pure; one thread.
class SpoofedRequests {
 public:
  // `sources` is an IPv4 prefix.
  SpoofedRequests(const base::IpPrefix& sources, const base::Endpoint& server);

  // Its source address is the `number`th of the prefix in a scattered order (all of them come before one
  // comes again), its port follows from the number too.
  [[nodiscard]] base::Bytes datagram(uint64_t number);
  [[nodiscard]] base::Endpoint source(uint64_t number) const;
  [[nodiscard]] static SpoofedKind kind(uint64_t number) {
    return static_cast<SpoofedKind>(number % kSpoofedKinds);
  }

 private:
  static constexpr size_t kHeaderBytes = 28;  // IPv4 and UDP

  [[nodiscard]] size_t write_request(uint64_t number);

  base::IpPrefix sources_;
  base::Endpoint server_;
  std::array<uint8_t, 512> buffer_{};
};

}  // namespace bench::generator
