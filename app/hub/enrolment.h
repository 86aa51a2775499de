// A device becomes a peer by itself, where signaling.registration lets it: what is decided and written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "signaling/registration.h"
#include "storage/connection.h"
#include "storage/peer.h"

namespace app::hub {

struct Enrolment {
  signaling::NewPeer peer;
  signaling::RegistrationMode mode{};
  size_t peers_per_user = 0;
  std::optional<storage::TokenHash> token;  // none: it comes in by its fingerprint alone (legacy_peerbook)
  bool may_make_account = true;
  std::string actor;   // for the audit table
  std::string source;  // base::source_of(), as text
  // Of the user's waiting peers those that were connected when it was asked: they make room after the others.
  std::vector<storage::PeerId> connected{};
  base::WallTime now{};
};

struct Enrolled {
  std::optional<signaling::Refusal> refusal;  // of the rules, where storage had nothing against it
  bool verified = false;
};

// One job of the storage thread: decides by what is there at this moment, and writes, in one transaction. A
// peer without a token is never verified. Errors: as storage::add_peer.
[[nodiscard]] storage::Outcome enrol(storage::Connection& connection, const Enrolment& wanted,
                                     Enrolled& enrolled);

}  // namespace app::hub
