#include "app/hub/authority.h"

#include "storage/read_peers.h"
#include "storage/tokens.h"

namespace app::hub {
namespace {

using signaling::dialects::Denial;

// What permissions go by. Null: there is no such peer.
storage::Result<signaling::PeerRef> read(storage::Connection& connection, storage::PeerId id) {
  const auto stored = storage::find_peer(connection, id);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return nullptr;
  signaling::Peer peer;
  peer.id = signaling::PeerId{static_cast<int64_t>((*stored)->id)};
  peer.user = signaling::UserId{static_cast<int64_t>((*stored)->account)};
  peer.verified = (*stored)->verified_at.has_value();
  return std::make_shared<const signaling::Peer>(std::move(peer));
}

}  // namespace

storage::Result<std::optional<Denial>> judge_token(storage::Connection& connection, storage::PeerId peer,
                                                   const storage::TokenHash& token, base::WallTime now) {
  const auto good = storage::is_bearer_of(connection, token, peer, now);
  if (!good) return std::unexpected(good.error());
  if (*good) return std::nullopt;
  return Denial{401, std::string(kBadToken)};
}

storage::Result<std::optional<Denial>> judge(storage::Connection& connection, const Bearer& bearer,
                                             signaling::Deed deed, std::optional<storage::PeerId> target,
                                             base::WallTime now) {
  const storage::PeerId id{static_cast<int64_t>(bearer.peer->id)};
  auto denial = judge_token(connection, id, bearer.token, now);
  if (!denial || *denial) return denial;
  const auto actor = read(connection, id);
  if (!actor) return std::unexpected(actor.error());
  const auto aim = target ? read(connection, *target) : signaling::PeerRef();
  if (!aim) return std::unexpected(aim.error());
  if (!*actor) return Denial{401, std::string(kBadToken)};
  const auto refusal = signaling::check_permission(**actor, deed, *aim);
  if (!refusal) return std::nullopt;
  return Denial{static_cast<uint16_t>(refusal->code), refusal->text};
}

}  // namespace app::hub
