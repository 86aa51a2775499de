// Who may change what. The operator at the command line may do everything; this is for peers.
#pragma once

#include <cstdint>
#include <optional>

#include "signaling/peer.h"
#include "signaling/refusal.h"

namespace signaling {

enum class Deed : uint8_t {
  kInvite,       // a new peer into the account
  kVerify,       // another peer of the account, without a one-time password
  kVerifyByOtp,  // itself, while unverified; the password is checked after this
  kRename,
  kDelete,  // any peer of the account, itself too
  kReadIceServers,
};

// nullopt: it may. `actor` has been authenticated; null `target`: none was named, or there is none. A target
// of another user is refused as one that does not exist.
[[nodiscard]] std::optional<Refusal> check_permission(const Peer& actor, Deed deed,
                                                      const PeerRef& target = nullptr);

}  // namespace signaling
