// What the requests of the API have in common.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
void submit_write(Api& api, const net::HttpExchange& exchange, storage::Job job,
                  std::function<net::HttpResponse()> success);

// `job`, which writes what it finds out to `found`. That is as new at each of its runs: a lost batch runs its
// jobs again, and what the first run found must not be told of the second.
template <typename Found, typename Job>
[[nodiscard]] storage::Job fresh_each_run(std::shared_ptr<Found> found, Job job) {
  return [found = std::move(found),
          job = std::move(job)](storage::Connection& connection) mutable -> storage::Outcome {
    *found = Found{};
    return job(connection, *found);
  };
}

// As submit_write(), with something that the job finds out. job: (storage::Connection&, Found&) ->
// storage::Outcome; success: (const Found&) -> net::HttpResponse.
template <typename Found, typename Job, typename Success>
void write(Api& api, const net::HttpExchange& exchange, Job job, Success success) {
  const auto found = std::make_shared<Found>();
  submit_write(api, exchange, fresh_each_run(found, std::move(job)),
               [found, success = std::move(success)] { return success(*found); });
}

// What `bearer` asks for: its token and its right to `deed`, on `target` if the deed has one, are judged in
// the transaction that writes, and only then does `job` run. Otherwise as write().
template <typename Found, typename Job, typename Success>
void write_as(Api& api, const Bearer& bearer, signaling::Deed deed, std::optional<storage::PeerId> target,
              const net::HttpExchange& exchange, Job job, Success success) {
  struct Judged {
    std::optional<signaling::dialects::Denial> denial;
    Found found{};
  };
  write<Judged>(
      api, exchange,
      [bearer, deed, target, now = api.loop.now().wall, job = std::move(job)](
          storage::Connection& connection, Judged& judged) -> storage::Outcome {
        auto denial = judge(connection, bearer, deed, target, now);
        if (!denial) return std::unexpected(std::move(denial.error()));
        judged.denial = *std::move(denial);
        return judged.denial ? storage::Outcome{} : job(connection, judged.found);
      },
      [success = std::move(success)](const Judged& judged) {
        return judged.denial ? answer_to(*judged.denial) : success(judged.found);
      });
}
// For those that find out nothing: they are answered 204.
struct Nothing {};
[[nodiscard]] inline net::HttpResponse done(const Nothing&) { return no_content(); }

// Those peers of the user that wait and are connected at this moment.
[[nodiscard]] std::vector<storage::PeerId> connected_of(const Api& api, std::string_view user);

// The peer of the actor's user that `target` names, by its fingerprint or its name. The actor itself where
// none is named; null if there is none of that name.
[[nodiscard]] signaling::PeerRef target_of(const Api& api, const signaling::PeerRef& actor,
                                           const Target& target);

}  // namespace app::hub
