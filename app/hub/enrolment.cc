#include "app/hub/enrolment.h"

#include "storage/accounts.h"
#include "storage/peers.h"
#include "storage/read_peers.h"

namespace app::hub {
namespace {

storage::Result<signaling::AccountFacts> facts_of(storage::Connection& connection,
                                                  const std::optional<storage::Account>& account,
                                                  const signaling::NewPeer& peer,
                                                  std::optional<storage::PeerId> crowding) {
  const auto id = account ? std::optional(account->id) : std::nullopt;
  const auto taken = storage::read_occupancy(connection, id, peer.name, peer.fingerprint);
  if (!taken) return std::unexpected(taken.error());
  return signaling::AccountFacts{.exists = account.has_value(),
                                 .has_otp_secret = account && !account->otp_secret.empty(),
                                 .peers = taken->peers,
                                 .waiting = taken->waiting,
                                 .may_make_room = crowding.has_value(),
                                 .name_taken = taken->name_taken,
                                 .fingerprint_taken = taken->fingerprint_taken};
}

}  // namespace

storage::Outcome enrol(storage::Connection& connection, const Enrolment& wanted, Enrolled& enrolled) {
  const auto account = storage::find_account(connection, wanted.peer.user);
  if (!account) return std::unexpected(account.error());
  const auto crowding = *account ? storage::find_crowding_peer(connection, (*account)->id, wanted.source)
                                 : storage::Result<std::optional<storage::PeerId>>();
  if (!crowding) return std::unexpected(crowding.error());
  const auto facts = facts_of(connection, *account, wanted.peer, *crowding);
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
  if (grant->makes_room && *crowding) {
    if (auto gone = storage::remove_peer(connection, **crowding, stamp); !gone) return gone;
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
