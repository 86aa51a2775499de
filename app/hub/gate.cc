#include "app/hub/gate.h"

#include "signaling/token.h"
#include "storage/peers.h"

namespace app::hub {
namespace {

using signaling::dialects::Denial;

std::unexpected<Denial> deny(uint16_t status, std::string text) {
  return std::unexpected(Denial{status, std::move(text)});
}

signaling::PeerId id_of(const storage::Peer& peer) {
  return signaling::PeerId{static_cast<int64_t>(peer.id)};
}

std::string actor_of(const storage::Peer& peer) {
  return "peer " + std::to_string(static_cast<int64_t>(peer.id));
}

// What storage says is for the operator; this is for the client.
uint16_t status_of(storage::Fault fault) {
  if (fault == storage::Fault::kConflict) return 409;
  return fault == storage::Fault::kNotFound ? 401 : 503;
}
std::string_view text_of(storage::Fault fault) {
  if (fault == storage::Fault::kConflict)
    return "another peer has that fingerprint; let each peer make its own certificate";
  if (fault == storage::Fault::kNotFound) return "the peer was removed; ask for a new invitation";
  return "the server cannot store that now; try again later";
}

}  // namespace

Gate::Gate(net::EventLoop& loop, storage::Store& store, const PeerRegistry& registry,
           std::function<void()> changed, GateOptions options)
    : loop_(loop),
      store_(store),
      registry_(registry),
      changed_(std::move(changed)),
      options_(std::move(options)) {}

const storage::Peer* Gate::peer_of(std::string_view token) const {
  const auto hash = signaling::hash_token(token);
  if (!hash) return nullptr;
  const auto bearer = registry_.snapshot().find_bearer(*hash, loop_.now().wall);
  return bearer ? bearer->peer : nullptr;
}

void Gate::admit(const signaling::dialects::Showing& showing, Admitted done) {
  if (showing.token.empty()) return done(admit_claim(showing.fingerprint));
  const auto* peer = peer_of(showing.token);
  if (!peer) return done(deny(401, "the token is not known, or was revoked; ask for a new invitation"));
  if (showing.fingerprint.empty() || showing.fingerprint == peer->fingerprint) return done(id_of(*peer));
  bind(*peer, showing.fingerprint, std::move(done));
}

std::expected<signaling::PeerId, Denial> Gate::admit_claim(const std::string& fingerprint) const {
  if (!options_.legacy_peerbook)
    return deny(401, "a bearer token is needed; open an invitation, or run: icebox peer add USER NAME");
  const auto* peer = registry_.snapshot().find_fingerprint(fingerprint);
  if (!peer) return deny(401, "no peer has that fingerprint; register it first");
  return id_of(*peer);
}

// Answers when the new fingerprint is on the disk and in the registry.
void Gate::bind(const storage::Peer& peer, const std::string& fingerprint, Admitted done) {
  const auto id = peer.id;
  auto answer = std::make_shared<Admitted>(std::move(done));
  const auto tell = [this, answer, id](const storage::Outcome& outcome) {
    changed_();
    if (outcome) return (*answer)(signaling::PeerId{static_cast<int64_t>(id)});
    (*answer)(deny(status_of(outcome.error().fault), std::string(text_of(outcome.error().fault))));
  };
  const auto accepted = store_.submit(
      [id, fingerprint, actor = actor_of(peer), now = loop_.now().wall](storage::Connection& connection) {
        return storage::replace_fingerprint(connection, id, fingerprint, {actor, now});
      },
      // At shut-down storage finishes its jobs after the hub is gone, and before the loop is.
      [&loop = loop_, tell](const storage::Outcome& outcome) {
        loop.post([tell, outcome] { tell(outcome); });
      });
  if (!accepted) tell(accepted);
}

TurnCredential Gate::credential_for(storage::PeerId peer) const {
  return mint(options_.ice_servers, turn_user_of(static_cast<int64_t>(peer)), loop_.now().wall);
}

signaling::dialects::IceServers Gate::ice_servers_for(const signaling::Peer& peer) {
  const auto credential = credential_for(storage::PeerId{static_cast<int64_t>(peer.id)});
  return {ice_servers_json(options_.ice_servers, credential), credential.ttl};
}

}  // namespace app::hub
