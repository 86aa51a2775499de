// Whether somebody may still do what was asked, judged where it is written: the snapshot that let the request
// in may be older than a revocation.
#pragma once

#include <optional>
#include <string_view>

#include "signaling/dialects/gate.h"
#include "signaling/peer.h"
#include "signaling/permission.h"
#include "storage/connection.h"
#include "storage/peer.h"

namespace app::hub {

// Of the text of a 401.
inline constexpr std::string_view kBadToken =
    "the token is not known, was revoked, or has expired; ask for a new invitation";

// A peer and the bearer token that it showed.
struct Bearer {
  signaling::PeerRef peer;  // as the snapshot had it, never null
  storage::TokenHash token{};
};

// For jobs of the storage thread, before their first write. nullopt: at this moment the token is good, and
// the peer may do `deed`; else 401, or what signaling::check_permission() says of peer and target as they are
// now. `target` nullopt: the deed needs none.
[[nodiscard]] storage::Result<std::optional<signaling::dialects::Denial>> judge(
    storage::Connection& connection, const Bearer& bearer, signaling::Deed deed,
    std::optional<storage::PeerId> target, base::WallTime now);

// The first half of it, for what is open to a peer that waits too.
[[nodiscard]] storage::Result<std::optional<signaling::dialects::Denial>> judge_token(
    storage::Connection& connection, storage::PeerId peer, const storage::TokenHash& token,
    base::WallTime now);

}  // namespace app::hub
