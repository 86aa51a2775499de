#include "app/hub/api_support.h"
#include "storage/peers.h"

namespace app::hub {

void rename_peer(Api& api, const signaling::PeerRef& actor, const net::HttpRequest& request,
                 const net::HttpExchange& exchange) {
  // Whoever may not even rename itself hears that first, whatever the body says.
  if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kRename, actor))
    return exchange.respond(answer_to(*refusal));
  const auto renaming = read_renaming(request.body);
  if (!renaming) return exchange.respond(answer_to(renaming.error()));
  const auto target = target_of(api, actor, renaming->target);
  if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kRename, target))
    return exchange.respond(answer_to(*refusal));
  write(
      api, exchange,
      [actor, target, name = renaming->name, now = api.loop.now().wall](storage::Connection& connection) {
        return storage::rename_peer(connection, id_of(*target), name, {actor_of(*actor), now});
      },
      no_content);
}

void remove_peer(Api& api, const signaling::PeerRef& actor, const net::HttpRequest& request,
                 const net::HttpExchange& exchange) {
  const auto removal = read_removal(request.body);
  if (!removal) return exchange.respond(answer_to(removal.error()));
  const auto target = target_of(api, actor, removal->target);
  if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kDelete, target))
    return exchange.respond(answer_to(*refusal));
  write(
      api, exchange,
      [actor, target, now = api.loop.now().wall](storage::Connection& connection) {
        return storage::remove_peer(connection, id_of(*target), {actor_of(*actor), now});
      },
      no_content);
}

}  // namespace app::hub
