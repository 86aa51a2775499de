// What the bodies of the API's requests say: text in; what it asks for, checked, or a refusal out. Pure.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "signaling/refusal.h"
#include "signaling/registration.h"
#include "signaling/token.h"

namespace app::hub {

// Every body is a JSON object; none at all counts as an empty one. A member that is missing or null is empty,
// one that is no string is refused, of one that stands twice the last counts, and others are not looked at.
// Refusals are 400 and name the member; nothing of the body is in their text.
template <typename Request>
using Read = std::expected<Request, signaling::Refusal>;

// A peer's fingerprint or name, as it came: to be looked up. nullopt: none is named. Null is refused, so that
// a client that lost what it meant is not taken to mean itself.
using Target = std::optional<std::string>;

struct Redemption {
  signaling::TokenHash invitation{};
  std::string name;
  std::string kind;         // may be empty
  std::string fingerprint;  // canonical, or empty
};
// POST /api/invitations/redeem {"invitation","name","kind"?,"fp"?}
[[nodiscard]] Read<Redemption> read_redemption(std::string_view body);

// POST /api/register {"user","name","kind"?,"fp"?}
[[nodiscard]] Read<signaling::NewPeer> read_registration(std::string_view body);

// By one of them.
struct Verification {
  std::optional<std::string> password;  // a one-time one for the peer itself, as it came
  std::string target;                   // another peer, where there is no password
};
// POST /api/verify {"otp"} or {"target"}; "otp" counts where both are there.
[[nodiscard]] Read<Verification> read_verification(std::string_view body);

struct Renaming {
  std::string name;
  Target target;
};
// POST /api/rename {"name","target"?}
[[nodiscard]] Read<Renaming> read_renaming(std::string_view body);

struct Removal {
  Target target;
};
// POST /api/remove {"target"?}
[[nodiscard]] Read<Removal> read_removal(std::string_view body);

// For requests that have nothing to say: why their body is refused all the same.
[[nodiscard]] std::optional<signaling::Refusal> refuse_unless_object(std::string_view body);

// What somebody says of himself. Only the fingerprint is checked: the rest counts in few cases.
struct Claim {
  std::string fingerprint;  // canonical, or empty
  std::string user;
  std::string name;
  std::string kind;
};
// POST /verify {"fp","uid","name","kind"}, PeerBook's
[[nodiscard]] Read<Claim> read_claim(std::string_view body);

}  // namespace app::hub
