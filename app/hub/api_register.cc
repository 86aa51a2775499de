#include "app/hub/api_support.h"
#include "net/source_key.h"
#include "signaling/token.h"
#include "storage/accounts.h"
#include "storage/peers.h"
#include "storage/read_peers.h"

namespace app::hub {
namespace {

struct Registration {
  signaling::NewPeer peer;
  storage::TokenHash token{};
  signaling::RegistrationMode mode{};
  size_t max_peers = 0;
  std::string actor;
  base::WallTime now{};
};

struct Registered {
  std::optional<signaling::Refusal> refusal;  // of the rules, where storage had nothing against it
  bool verified = false;
};

storage::Result<signaling::AccountFacts> facts_of(storage::Connection& connection,
                                                  const std::optional<storage::Account>& account,
                                                  const signaling::NewPeer& peer) {
  signaling::AccountFacts facts;
  facts.exists = account.has_value();
  facts.has_otp_secret = account && !account->otp_secret.empty();
  const auto taken = storage::read_occupancy(connection, account ? std::optional(account->id) : std::nullopt,
                                             peer.name, peer.fingerprint);
  if (!taken) return std::unexpected(taken.error());
  facts.peers = taken->peers;
  facts.name_taken = taken->name_taken;
  facts.fingerprint_taken = taken->fingerprint_taken;
  return facts;
}

// Decides and writes in one transaction.
storage::Outcome carry_out(storage::Connection& connection, const Registration& wanted,
                           Registered& registered) {
  const auto account = storage::find_account(connection, wanted.peer.user);
  if (!account) return std::unexpected(account.error());
  const auto facts = facts_of(connection, *account, wanted.peer);
  if (!facts) return std::unexpected(facts.error());
  const auto grant = signaling::decide_registration(wanted.mode, *facts, wanted.max_peers);
  if (!grant) {
    registered.refusal = grant.error();
    return {};
  }
  const storage::AuditStamp stamp{wanted.actor, wanted.now};
  auto id = *account
                ? storage::Result<storage::AccountId>((*account)->id)
                : storage::add_account(connection, wanted.peer.user, storage::OpenInvitations::kLeave, stamp);
  if (!id) return std::unexpected(id.error());
  registered.verified = grant->verified;
  const auto added = storage::add_peer(connection,
                                       {.account = *id,
                                        .name = wanted.peer.name,
                                        .kind = wanted.peer.kind,
                                        .fingerprint = wanted.peer.fingerprint,
                                        .verified = grant->verified,
                                        .token = wanted.token,
                                        .max_peers = wanted.max_peers},
                                       stamp);
  return added ? storage::Outcome{} : std::unexpected(added.error());
}

}  // namespace

void register_peer(Api& api, const net::HttpRequest& request, const json& body,
                   const net::HttpExchange& exchange) {
  const auto now = api.loop.now();
  if (const auto wait =
          api.registrations.count_try(now.steady, net::source_of(request.client.ip).to_string())) {
    api.counters.throttled_registrations.add();
    return exchange.respond(too_many_tries(*wait));
  }
  const auto peer = signaling::check_new_peer(text_of(body, "user"), text_of(body, "name"),
                                              text_of(body, "kind"), text_of(body, "fp"));
  if (!peer) return exchange.respond(answer_to(peer.error()));
  const auto token = signaling::make_token(api.random);
  const auto registered = std::make_shared<Registered>();
  write(
      api, exchange,
      [wanted = Registration{*peer, token.hash, api.options.registration, api.options.peers_per_user,
                             actor_of(request), now.wall},
       registered](storage::Connection& connection) { return carry_out(connection, wanted, *registered); },
      [&api, peer = *peer, token = token.text, registered] {
        if (registered->refusal) {
          api.counters.refused_registrations.add();
          return answer_to(*registered->refusal);
        }
        return created(
            new_peer_answer(token, peer.user, peer.name, peer.kind, peer.fingerprint, registered->verified));
      });
}

}  // namespace app::hub
