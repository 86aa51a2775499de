#include "signaling/registration.h"

#include <utility>

#include "signaling/fingerprint.h"
#include "signaling/peer_name.h"

namespace signaling {
namespace {

std::unexpected<Refusal> refuse(int code, std::string text) {
  return std::unexpected(Refusal{code, std::move(text)});
}

// A name that is kept for somebody looks like one that somebody has.
std::optional<Refusal> check_unique(const AccountFacts& account) {
  if (account.name_taken || account.is_reserved)
    return Refusal{409, "a peer of that name exists; choose another name"};
  if (account.fingerprint_taken)
    return Refusal{409,
                   "that fingerprint belongs to a peer of this user already; delete that peer or use another "
                   "certificate"};
  return std::nullopt;
}

// For one more verified peer.
std::optional<Refusal> check_place(const AccountFacts& account, size_t peers_per_user) {
  if (account.peers < peers_per_user) return std::nullopt;
  return Refusal{403, "this user has all the " + std::to_string(peers_per_user) +
                          " peers it may have; delete one, or raise signaling.peers_per_user"};
}

// For one more that waits: it takes no place of a verified one.
std::optional<Refusal> check_waiting_room(const AccountFacts& account) {
  if (account.waiting < kMaxWaitingPeers || account.may_make_room) return std::nullopt;
  return Refusal{
      403, "as many devices of this user wait as may; ask for an invitation, or have one of them verified"};
}

}  // namespace

std::expected<NewPeer, Refusal> check_new_peer(std::string_view user, std::string_view name,
                                               std::string_view kind, std::string_view fingerprint) {
  auto good_user = check_name("user", user);
  if (!good_user) return std::unexpected(good_user.error());
  auto good_name = check_name("name", name);
  if (!good_name) return std::unexpected(good_name.error());
  auto good_kind = check_kind(kind);
  if (!good_kind) return std::unexpected(good_kind.error());
  auto good_fingerprint = fingerprint.empty() ? std::string() : canonical_fingerprint(fingerprint);
  if (!good_fingerprint) return refuse(400, "fp is not a SHA-256 fingerprint; give 64 hex digits, or none");
  return NewPeer{std::move(*good_user), std::move(*good_name), std::move(*good_kind),
                 std::move(*good_fingerprint)};
}

std::expected<RegistrationGrant, Refusal> decide_registration(RegistrationMode mode,
                                                              const AccountFacts& account,
                                                              size_t peers_per_user) {
  if (mode == RegistrationMode::kClosed)
    return refuse(403,
                  "registration is closed; ask for an invitation, or the operator for `icebox peer invite`");
  if (mode == RegistrationMode::kOtp && !(account.exists && account.has_otp_secret))
    return refuse(403, "this user cannot be joined with a one-time password; ask for an invitation");
  // Nobody is there to verify the first peer of a new account, and nothing is there to be protected.
  const bool verified = !account.exists;
  const auto full = verified ? check_place(account, peers_per_user) : check_waiting_room(account);
  if (full) return std::unexpected(*full);
  if (const auto refusal = check_unique(account)) return std::unexpected(*refusal);
  // Somebody is to tell it from the others on a screen.
  if (!verified && account.name_deceives)
    return refuse(409,
                  "that name looks like another peer's, or mixes letters of several scripts; choose another "
                  "name");
  return RegistrationGrant{.makes_account = !account.exists,
                           .verified = verified,
                           .makes_room = !verified && account.waiting >= kMaxWaitingPeers};
}

std::expected<RegistrationGrant, Refusal> decide_redemption(const std::optional<Invitation>& invitation,
                                                            base::WallTime now, const AccountFacts& account,
                                                            size_t peers_per_user) {
  if (!invitation || invitation->revoked) return refuse(404, "no such invitation; ask for a new one");
  if (invitation->used_at) return refuse(410, "this invitation was used already; ask for a new one");
  if (now >= invitation->expires_at) return refuse(410, "this invitation has expired; ask for a new one");
  if (const auto refusal = check_place(account, peers_per_user)) return std::unexpected(*refusal);
  if (const auto refusal = check_unique(account)) return std::unexpected(*refusal);
  return RegistrationGrant{.makes_account = !account.exists, .verified = true};
}

std::string invitation_url(std::string_view origin, std::string_view token) {
  return std::string(origin) + "/#invite=" + std::string(token);
}

}  // namespace signaling
