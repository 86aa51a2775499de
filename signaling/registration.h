// How a device becomes a peer: by itself as the configuration allows, or by an invitation.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "signaling/refusal.h"

namespace signaling {

// `signaling.registration`. kOtp: only to accounts that have a one-time password, and to wait for it. kOpen:
// to any, and a new name of a user makes an account.
enum class RegistrationMode : uint8_t { kClosed, kOtp, kOpen };

// What a device says of itself, checked and in canonical form. `fingerprint` is empty if it named none.
struct NewPeer {
  std::string user;
  std::string name;
  std::string kind;
  std::string fingerprint;
};
// Refusal 400 names the field. An invitation names the user: then pass what it says.
[[nodiscard]] std::expected<NewPeer, Refusal> check_new_peer(std::string_view user, std::string_view name,
                                                             std::string_view kind,
                                                             std::string_view fingerprint);

// What storage knows of the account at this moment; decide and write in one transaction.
struct AccountFacts {
  bool exists = false;
  bool is_reserved = false;  // it does not exist, and an open invitation of the operator's is to make it
  bool has_otp_secret = false;
  size_t peers = 0;                // verified ones
  size_t waiting = 0;              // the others
  bool may_make_room = false;      // one of those who wait may go for another (waiting_room.h)
  bool name_taken = false;         // by a peer of this account
  bool fingerprint_taken = false;  // as well
  bool name_deceives = false;      // it looks like that of another peer, or mixes scripts (look_alike.h)
};

// Of one account: whoever registers can fill no more than this, nor any of the places of verified peers.
inline constexpr size_t kMaxWaitingPeers = 8;
// Who was not verified by then is removed.
inline constexpr std::chrono::hours kWaitingLifetime{24};

struct RegistrationGrant {
  bool makes_account = false;
  bool verified = false;
  bool makes_room = false;  // one of those who wait goes
};
// Whoever asks is a stranger: in mode kOtp an account that is not there looks like one without a password.
[[nodiscard]] std::expected<RegistrationGrant, Refusal> decide_registration(RegistrationMode mode,
                                                                            const AccountFacts& account,
                                                                            size_t peers_per_user);

inline constexpr std::chrono::hours kInvitationLifetime{24};

struct Invitation {
  base::WallTime expires_at{};
  std::optional<base::WallTime> used_at;
  bool revoked = false;
};
// Whoever asks holds the invitation. nullopt `invitation`: none has that hash.
[[nodiscard]] std::expected<RegistrationGrant, Refusal> decide_redemption(
    const std::optional<Invitation>& invitation, base::WallTime now, const AccountFacts& account,
    size_t peers_per_user);
// In the fragment, which browsers send to nobody: no proxy logs it. `origin`: "https://HOST[:PORT]".
[[nodiscard]] std::string invitation_url(std::string_view origin, std::string_view token);

}  // namespace signaling
