#include <algorithm>

#include "app/hub/api_support.h"
#include "app/hub/link_base.h"
#include "signaling/token.h"
#include "storage/invitations.h"

namespace app::hub {
namespace {

// nullopt: the user whom the invitation leads to has room for one more. By the audit table, for only storage
// knows whose an invitation is, and this must be judged where it is used.
storage::Result<std::optional<std::chrono::seconds>> wait_of(storage::Connection& connection,
                                                             const storage::TokenHash& invitation,
                                                             base::WallTime now) {
  const auto nth = storage::read_redemption(connection, invitation, kRedemptions.tries);
  if (!nth) return std::unexpected(nth.error());
  if (!*nth || **nth + kRedemptions.window <= now) return std::nullopt;
  return std::min(**nth + kRedemptions.window - now,
                  kRedemptions.window);  // the clock may have been set back
}

}  // namespace

void redeem_invitation(Api& api, const net::HttpRequest& request, const net::HttpExchange& exchange) {
  const auto joining = read_redemption(request.body);
  if (!joining) return exchange.respond(answer_to(joining.error()));
  if (const auto wait = api.gate.wait_of(request.client.ip)) return exchange.respond(too_many_tries(*wait));
  const auto token = signaling::make_token(api.random);
  struct Found {
    std::optional<std::chrono::seconds> wait;
    std::optional<storage::Fault> refused;
    storage::Redeemed redeemed;
  };
  write<Found>(
      api, exchange,
      [joining = *joining, token = token.hash, max_peers = api.options.peers_per_user,
       actor = actor_of(request),
       now = api.loop.now().wall](storage::Connection& connection, Found& found) -> storage::Outcome {
        const auto wait = wait_of(connection, joining.invitation, now);
        if (!wait) return std::unexpected(wait.error());
        found.wait = *wait;
        if (found.wait) return {};
        auto result = storage::redeem_invitation(connection,
                                                 {.invitation = joining.invitation,
                                                  .peer_name = joining.name,
                                                  .kind = joining.kind,
                                                  .fingerprint = joining.fingerprint,
                                                  .token = token,
                                                  .max_peers = max_peers},
                                                 {actor, now});
        using enum storage::Fault;
        if (!result) {
          if (result.error().fault == kNotFound || result.error().fault == kSpent)
            found.refused = result.error().fault;
          return found.refused ? storage::Outcome{} : std::unexpected(std::move(result.error()));
        }
        found.redeemed = *std::move(result);
        return {};
      },
      [&api, source = request.client.ip, joining = *joining, token = token.text](const Found& found) {
        if (found.wait) {
          api.counters.throttled_redemptions.add();
          return too_many_tries(*found.wait);
        }
        if (found.refused) {
          api.gate.note_wrong_invitation(source);
          return answer_to(*found.refused);
        }
        return created(new_peer_answer(token, found.redeemed.account_name, joining.name, joining.kind,
                                       joining.fingerprint, true));
      });
}

void make_invitation(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                     const net::HttpExchange& exchange) {
  const auto& actor = bearer.peer;
  if (const auto refusal = refuse_unless_object(request.body)) return exchange.respond(answer_to(*refusal));
  if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kInvite))
    return exchange.respond(answer_to(*refusal));
  const auto user = std::to_string(static_cast<int64_t>(actor->user));
  if (const auto wait = api.invitations.count_try(api.loop.steady_now(), user)) {
    api.counters.throttled_invitations.add();
    return exchange.respond(too_many_tries(*wait));
  }
  const auto token = signaling::make_token(api.random);
  const auto now = api.loop.now().wall;
  const auto expires_at = now + signaling::kInvitationLifetime;
  write_as<Nothing>(
      api, bearer, signaling::Deed::kInvite, std::nullopt, exchange,
      [actor, hash = token.hash, now, expires_at](storage::Connection& connection, Nothing&) {
        return storage::add_invitation(
            connection,
            {.hash = hash, .account = account_of(*actor), .made_by = id_of(*actor), .expires_at = expires_at},
            {actor_of(*actor), now});
      },
      [url = signaling::invitation_url(link_base(request, api.options.public_url, api.options.own_url),
                                       token.text),
       expires_at, draw = api.options.draw_qr_svg](const Nothing&) {
        json answer{{"url", url}, {"expires_at", expires_at.time_since_epoch().count()}};
        if (auto svg = draw(url)) answer["qr_svg"] = *std::move(svg);
        return created(answer);
      });
}

}  // namespace app::hub
