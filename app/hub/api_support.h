// What the requests of the API have in common.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/hub/api.h"
#include "app/hub/api_bodies.h"
#include "storage/peer.h"

namespace app::hub {

using nlohmann::json;

[[nodiscard]] net::HttpResponse answer_to(const signaling::Refusal& refusal);
[[nodiscard]] net::HttpResponse answer_to(const signaling::dialects::Denial& denial);
// For clients: storage's own words name files and are for the operator.
[[nodiscard]] net::HttpResponse answer_to(storage::Fault fault);
[[nodiscard]] net::HttpResponse too_many_tries(std::chrono::seconds wait);
[[nodiscard]] net::HttpResponse no_content();
// 201 with something that is shown once.
[[nodiscard]] net::HttpResponse created(const json& body);
[[nodiscard]] json new_peer_answer(const std::string& token, const std::string& user, const std::string& name,
                                   const std::string& kind, const std::string& fingerprint, bool verified);

// For the audit table.
[[nodiscard]] std::string actor_of(const signaling::Peer& peer);
[[nodiscard]] std::string actor_of(const net::HttpRequest& request);
[[nodiscard]] inline storage::PeerId id_of(const signaling::Peer& peer) {
  return storage::PeerId{static_cast<int64_t>(peer.id)};
}
[[nodiscard]] inline storage::AccountId account_of(const signaling::Peer& peer) {
  return storage::AccountId{static_cast<int64_t>(peer.user)};
}

// Runs `job` on the storage thread. Then, on this one, the registry hears of it and the exchange gets
// `success()`, called only if the job did not fail, or else the answer to its fault.
void write(Api& api, const net::HttpExchange& exchange, storage::Job job,
           std::function<net::HttpResponse()> success);

// The peer that `target` names: by its fingerprint, of whatever user, or by its name, of the actor's. The
// actor itself where none is named; null if there is none of that name.
[[nodiscard]] signaling::PeerRef target_of(const Api& api, const signaling::PeerRef& actor,
                                           const Target& target);

}  // namespace app::hub
