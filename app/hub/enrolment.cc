#include "app/hub/enrolment.h"

#include <algorithm>

#include "signaling/look_alike.h"
#include "signaling/waiting_room.h"
#include "storage/accounts.h"
#include "storage/invitations.h"
#include "storage/peers.h"
#include "storage/read_peers.h"

namespace app::hub {
namespace {

// Who goes for the new one if too many wait.
storage::Result<std::optional<storage::PeerId>> leaver_for(storage::Connection& connection,
                                                           storage::AccountId account,
                                                           const Enrolment& wanted) {
  const auto peers = storage::list_waiting_peers(connection, account);
  if (!peers) return std::unexpected(peers.error());
  std::vector<signaling::WaitingDevice> waiting;
  for (const auto& peer : *peers)
    waiting.push_back({.id = signaling::PeerId{static_cast<int64_t>(peer.id)},
                       .source = base::IpAddress::parse(peer.source).value_or(base::IpAddress{}),
                       .wrong_passwords = peer.otp_failures,
                       .is_connected = std::ranges::find(wanted.connected, peer.id) != wanted.connected.end(),
                       .since = peer.created_at});
  const auto newcomer = base::IpAddress::parse(wanted.source).value_or(base::IpAddress{});
  const auto leaver = signaling::who_makes_room(waiting, newcomer);
  return leaver ? std::optional(storage::PeerId{static_cast<int64_t>(*leaver)}) : std::nullopt;
}

storage::Result<bool> deceives(storage::Connection& connection, storage::AccountId account,
                               const std::string& name) {
  if (signaling::mixes_scripts(name)) return true;
  const auto names = storage::list_peer_names(connection, account);
  if (!names) return std::unexpected(names.error());
  return std::ranges::any_of(*names,
                             [&](const std::string& other) { return signaling::looks_like(name, other); });
}

// What is known of an account that is there already, beside facts_of().
struct Others {
  std::optional<storage::PeerId> leaver;
  bool name_deceives = false;
};

storage::Result<Others> look_at_others(storage::Connection& connection, storage::AccountId account,
                                       const Enrolment& wanted) {
  const auto leaver = leaver_for(connection, account, wanted);
  if (!leaver) return std::unexpected(leaver.error());
  const auto deceptive = deceives(connection, account, wanted.peer.name);
  if (!deceptive) return std::unexpected(deceptive.error());
  return Others{*leaver, *deceptive};
}

storage::Result<signaling::AccountFacts> facts_of(storage::Connection& connection,
                                                  const std::optional<storage::Account>& account,
                                                  const Enrolment& wanted, const Others& others) {
  const auto id = account ? std::optional(account->id) : std::nullopt;
  const auto taken = storage::read_occupancy(connection, id, wanted.peer.name, wanted.peer.fingerprint);
  if (!taken) return std::unexpected(taken.error());
  const auto reserved = account || !wanted.may_make_account
                            ? storage::Result<bool>(false)
                            : storage::is_reserved(connection, wanted.peer.user, wanted.now);
  if (!reserved) return std::unexpected(reserved.error());
  return signaling::AccountFacts{.exists = account.has_value(),
                                 .is_reserved = *reserved,
                                 .has_otp_secret = account && !account->otp_secret.empty(),
                                 .peers = taken->peers,
                                 .waiting = taken->waiting,
                                 .may_make_room = others.leaver.has_value(),
                                 .name_taken = taken->name_taken,
                                 .fingerprint_taken = taken->fingerprint_taken,
                                 .name_deceives = others.name_deceives};
}

}  // namespace

storage::Outcome enrol(storage::Connection& connection, const Enrolment& wanted, Enrolled& enrolled) {
  const auto account = storage::find_account(connection, wanted.peer.user);
  if (!account) return std::unexpected(account.error());
  const auto others =
      *account ? look_at_others(connection, (*account)->id, wanted) : storage::Result<Others>();
  if (!others) return std::unexpected(others.error());
  const auto facts = facts_of(connection, *account, wanted, *others);
  if (!facts) return std::unexpected(facts.error());
  const auto grant = signaling::decide_registration(wanted.mode, *facts, wanted.peers_per_user);
  if (!grant) {
    enrolled.refusal = grant.error();
    return {};
  }
  if (!*account && !wanted.may_make_account) {
    enrolled.refusal = signaling::Refusal{403, "this user cannot be joined; ask for an invitation"};
    return {};
  }
  const storage::AuditStamp stamp{wanted.actor, wanted.now};
  if (grant->makes_room && others->leaver) {
    if (auto gone = storage::remove_peer(connection, *others->leaver, stamp); !gone) return gone;
  }
  const auto id =
      *account ? storage::Result<storage::AccountId>((*account)->id)
               : storage::add_account(connection, wanted.peer.user, storage::OpenInvitations::kLeave, stamp);
  if (!id) return std::unexpected(id.error());
  enrolled.verified = grant->verified && wanted.token;
  const auto added = storage::add_peer(connection,
                                       {.account = *id,
                                        .name = wanted.peer.name,
                                        .kind = wanted.peer.kind,
                                        .fingerprint = wanted.peer.fingerprint,
                                        .verified = enrolled.verified,
                                        .legacy = !wanted.token,
                                        .token = wanted.token,
                                        .source = wanted.source,
                                        .max_peers = wanted.peers_per_user,
                                        .max_waiting = signaling::kMaxWaitingPeers},
                                       stamp);
  return added ? storage::Outcome{} : std::unexpected(added.error());
}

}  // namespace app::hub
