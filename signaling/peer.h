// Who takes part in signaling: ids and the record of a peer. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"

namespace signaling {

// One connection of one dialect, named by the caller at attach and never used again after it. Tables go by
// its lower half, its place: no two have the same at a time, and the lowest are taken first.
enum class ConnectionId : uint64_t {};
[[nodiscard]] constexpr size_t place_of(ConnectionId connection) {
  return static_cast<uint64_t>(connection) & 0xffff'ffff;
}
// Registered peers have the positive ids of storage; the hub gives negative ones to ephemeral peers.
enum class PeerId : int64_t {};
// Who belongs together: an account (positive) or an ephemeral realm (negative, chosen by its dialect).
enum class UserId : int64_t {};

struct Peer {
  PeerId id{};
  UserId user{};
  std::string user_name;
  std::string name;         // unique within the user
  std::string kind;         // free text, as "browser" or "server"
  std::string fingerprint;  // of its DTLS certificate: 64 upper-case hex digits, or empty while none is bound
  bool verified = false;    // the others are told of it, but until then it may only wait
  base::WallTime created_at{};
  std::optional<base::WallTime> verified_at;
  std::optional<base::WallTime> last_connect_at;
  bool operator==(const Peer&) const = default;
};

// Records are immutable and shared; a change makes a new one. Null stands for "no such peer".
using PeerRef = std::shared_ptr<const Peer>;

}  // namespace signaling
