#include "app/hub/api_support.h"
#include "storage/peers.h"

namespace app::hub {

void rename_peer(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                 const net::HttpExchange& exchange) {
  const auto& actor = bearer.peer;
  // Whoever may not even rename itself hears that first, whatever the body says.
  if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kRename, actor))
    return exchange.respond(answer_to(*refusal));
  const auto renaming = read_renaming(request.body);
  if (!renaming) return exchange.respond(answer_to(renaming.error()));
  const auto target = target_of(api, actor, renaming->target);
  if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kRename, target))
    return exchange.respond(answer_to(*refusal));
  if (const auto wait = api.renames.count_try(api.loop.steady_now(), actor_of(*actor))) {
    api.counters.throttled_renames.add();
    return exchange.respond(too_many_tries(*wait));
  }
  write_as<Nothing>(
      api, bearer, signaling::Deed::kRename, id_of(*target), exchange,
      [actor, target, name = renaming->name, now = api.loop.now().wall](storage::Connection& connection,
                                                                        Nothing&) {
        return storage::rename_peer(connection, id_of(*target), name, {actor_of(*actor), now});
      },
      done);
}

void remove_peer(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                 const net::HttpExchange& exchange) {
  const auto& actor = bearer.peer;
  const auto removal = read_removal(request.body);
  if (!removal) return exchange.respond(answer_to(removal.error()));
  const auto target = target_of(api, actor, removal->target);
  if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kDelete, target))
    return exchange.respond(answer_to(*refusal));
  if (const auto wait = api.removals.count_try(api.loop.steady_now(), actor_of(*actor))) {
    api.counters.throttled_removals.add();
    return exchange.respond(too_many_tries(*wait));
  }
  write_as<Nothing>(
      api, bearer, signaling::Deed::kDelete, id_of(*target), exchange,
      [actor, target, now = api.loop.now().wall](storage::Connection& connection, Nothing&) {
        return storage::remove_peer(connection, id_of(*target), {actor_of(*actor), now});
      },
      done);
}

}  // namespace app::hub
