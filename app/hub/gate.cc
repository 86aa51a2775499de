#include "app/hub/gate.h"

#include <nlohmann/json.hpp>

#include "app/hub/authority.h"
#include "base/json_text.h"
#include "signaling/token.h"
#include "storage/peers.h"

namespace app::hub {
namespace {

using signaling::dialects::Denial;
using signaling::dialects::Pass;

std::unexpected<Denial> deny(uint16_t status, std::string text) {
  return std::unexpected(Denial{status, std::move(text)});
}

signaling::PeerId id_of(const storage::Peer& peer) {
  return signaling::PeerId{static_cast<int64_t>(peer.id)};
}

std::string actor_of(storage::PeerId peer) { return "peer " + std::to_string(static_cast<int64_t>(peer)); }

// What storage says is for the operator; this is for the client.
uint16_t status_of(storage::Fault fault) {
  if (fault == storage::Fault::kConflict) return 409;
  return fault == storage::Fault::kNotFound ? 401 : 503;
}
std::string_view text_of(storage::Fault fault) {
  if (fault == storage::Fault::kConflict)
    return "another peer of this user has that fingerprint; let each peer make its own certificate";
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

std::optional<Pass> Gate::pass_of(std::string_view token) const {
  const auto* peer = peer_of(token);
  if (!peer) return std::nullopt;
  return Pass{id_of(*peer), signaling::hash_token(token)};
}

Denial Gate::refuse_token(const base::IpAddress& source) {
  const auto wait = wrong_secrets_.count_try(loop_.steady_now(), source);
  (wait ? counters_.throttled : counters_.wrong_tokens).add();
  if (wait) return {429, "too many wrong tokens from this address; wait before the next", *wait};
  return {401, std::string(kBadToken)};
}

std::optional<std::chrono::seconds> Gate::wait_of(const base::IpAddress& source) {
  const auto wait = wrong_secrets_.wait_of(loop_.steady_now(), source);
  if (wait) counters_.throttled.add();
  return wait;
}

void Gate::note_wrong_invitation(const base::IpAddress& source) {
  counters_.wrong_invitations.add();
  (void)wrong_secrets_.count_try(loop_.steady_now(), source);
}

bool Gate::is_good(const Pass& pass) const {
  if (!pass.token) {
    const auto* peer = registry_.snapshot().find(storage::PeerId{static_cast<int64_t>(pass.peer)});
    return options_.legacy_peerbook && peer && peer->legacy;
  }
  const auto bearer = registry_.snapshot().find_bearer(*pass.token, loop_.now().wall);
  return bearer && bearer->peer && id_of(*bearer->peer) == pass.peer;
}

void Gate::admit(const signaling::dialects::Showing& showing, Admitted done) {
  if (showing.token.empty()) return done(admit_claim(showing));
  const auto pass = pass_of(showing.token);
  if (!pass) return done(std::unexpected(refuse_token(showing.source)));
  const auto* peer = peer_of(showing.token);
  if (showing.fingerprint.empty() || showing.fingerprint == peer->fingerprint) return done(*pass);
  if (const auto wait = certificates_.count_try(loop_.steady_now(), actor_of(peer->id))) {
    counters_.throttled_certificates.add();
    return done(std::unexpected(Denial{
        429, "too many certificates of this peer in an hour; keep one, or wait before the next", *wait}));
  }
  bind(*pass, showing.fingerprint, std::move(done));
}

std::expected<Pass, Denial> Gate::admit_claim(const signaling::dialects::Showing& showing) const {
  if (!options_.legacy_peerbook)
    return deny(401, "a bearer token is needed; open an invitation, or run: icebox peer add USER NAME");
  // A stranger may have claimed the fingerprint first: nobody is led into an account that he did not name.
  if (showing.user.empty())
    return deny(403, "uid: without a token the name of the peer's user is needed; or ask for a token");
  const auto* const account = registry_.snapshot().find_account(showing.user);
  const auto* const peer =
      account ? registry_.snapshot().find_fingerprint(account->id, showing.fingerprint) : nullptr;
  // The others have tokens, and their fingerprints are known to everybody they ever called.
  if (!peer || !peer->legacy)
    return deny(401,
                "no peer of this user may come in by that fingerprint alone; show a token, or POST /verify "
                "first");
  return Pass{id_of(*peer), std::nullopt};
}

// Answers when the new fingerprint is on the disk and in the registry.
void Gate::bind(const Pass& pass, const std::string& fingerprint, Admitted done) {
  auto answer = std::make_shared<Admitted>(std::move(done));
  auto denial = std::make_shared<std::optional<Denial>>();
  const auto tell = [this, answer, denial, pass](const storage::Outcome& outcome) {
    changed_();
    if (*denial) return (*answer)(std::unexpected(**denial));
    if (!outcome)
      return (*answer)(deny(status_of(outcome.error().fault), std::string(text_of(outcome.error().fault))));
    if (!is_good(pass)) return (*answer)(deny(401, std::string(kBadToken)));  // revoked meanwhile
    (*answer)(pass);
  };
  const storage::PeerId id{static_cast<int64_t>(pass.peer)};
  const auto accepted = store_.submit(
      [id, token = pass.token.value_or(storage::TokenHash{}), denial, fingerprint,
       now = loop_.now().wall](storage::Connection& connection) -> storage::Outcome {
        denial->reset();  // a job may run twice
        auto judged = judge_token(connection, id, token, now);
        if (!judged) return std::unexpected(std::move(judged.error()));
        *denial = *std::move(judged);
        if (*denial) return {};
        return storage::replace_fingerprint(connection, id, fingerprint, {actor_of(id), now});
      },
      // At shut-down storage finishes its jobs after the hub is gone, and before the loop is.
      [&loop = loop_, tell](const storage::Outcome& outcome) {
        loop.post([tell, outcome] { tell(outcome); });
      });
  if (!accepted) tell(accepted);
}

TurnCredential Gate::credential_for(const Pass& pass) const {
  return mint(options_.ice_servers, turn_name_of(static_cast<int64_t>(pass.peer), pass.token),
              loop_.now().wall);
}

signaling::dialects::IceServers Gate::ice_servers_for(const Pass& pass) {
  const auto credential = credential_for(pass);
  return {base::json_text(ice_servers_of(options_.ice_servers, credential)), credential.ttl};
}

}  // namespace app::hub
