// What an answer needs of its request when it can only be given later: Connect waits for a peer (RFC 6062
// §5.2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "stun/wire.h"

namespace relay {

struct Request;

struct DeferredReply {
  explicit DeferredReply(const Request& request);

  [[nodiscard]] std::vector<uint8_t> success(uint32_t connection_id) const;
  [[nodiscard]] std::vector<uint8_t> error(stun::ErrorCode code) const;

  stun::Method method;
  stun::TransactionId transaction;
  std::array<uint8_t, 32> key{};  // a copy: the user's password may change meanwhile
  uint8_t key_bytes = 0;
  bool sha256 = false;
  bool fingerprint = false;
};

}  // namespace relay
