#include <algorithm>

#include "app/hub/api_support.h"
#include "net/source_key.h"
#include "signaling/one_time_password.h"
#include "storage/accounts.h"
#include "storage/peers.h"

namespace app::hub {
namespace {

constexpr std::string_view kWrongPassword =
    "the one-time password is wrong, or was used; wait for the next one of your authenticator";

// The step that the password is of; nullopt: it is wrong, or the account has none.
std::optional<signaling::OtpStep> step_of(const storage::Account& account, std::string_view password,
                                          base::WallTime now) {
  signaling::OtpSecret secret;
  if (account.otp_secret.size() != secret.size()) return std::nullopt;
  std::ranges::copy(account.otp_secret, secret.begin());
  return signaling::check_otp(secret, password, now, std::nullopt);  // used ones: storage's job below
}

net::HttpResponse refuse_password(Api& api) {
  api.counters.wrong_passwords.add();
  return net::HttpResponse::problem(403, kWrongPassword);
}

struct Tried {
  bool used = false;  // the password, before
};

void verify_by_password(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                        const std::string& password, const net::HttpExchange& exchange) {
  const auto& actor = bearer.peer;
  const auto now = api.loop.now();
  const auto account = account_of(*actor);
  if (const auto wait = api.guesses.count_try(now.steady, net::source_of(request.client.ip).to_string(),
                                              std::to_string(static_cast<int64_t>(account)))) {
    api.counters.throttled_passwords.add();
    return exchange.respond(too_many_tries(*wait));
  }
  const auto* stored = api.registry.snapshot().find(account);
  const auto step = stored ? step_of(*stored, password, now.wall) : std::nullopt;
  if (!step) return exchange.respond(refuse_password(api));
  write_as<Tried>(
      api, bearer, signaling::Deed::kVerifyByOtp, std::nullopt, exchange,
      [actor, account, step = *step, now = now.wall](storage::Connection& connection,
                                                     Tried& tried) -> storage::Outcome {
        if (auto fresh = storage::remember_otp_step(connection, account, step); !fresh) {
          if (fresh.error().fault != storage::Fault::kConflict) return fresh;
          tried.used = true;
          return {};
        }
        return storage::verify_peer(connection, id_of(*actor),
                                    {actor_of(*actor) + " by one-time password", now});
      },
      [&api](const Tried& tried) { return tried.used ? refuse_password(api) : no_content(); });
}

}  // namespace

void verify_peer(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                 const net::HttpExchange& exchange) {
  const auto& actor = bearer.peer;
  const auto wanted = read_verification(request.body);
  if (!wanted) return exchange.respond(answer_to(wanted.error()));
  if (wanted->password) {
    if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kVerifyByOtp))
      return exchange.respond(answer_to(*refusal));
    return verify_by_password(api, bearer, request, *wanted->password, exchange);
  }
  const auto target = target_of(api, actor, wanted->target);
  if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kVerify, target))
    return exchange.respond(answer_to(*refusal));
  write_as<Nothing>(
      api, bearer, signaling::Deed::kVerify, id_of(*target), exchange,
      [actor, target, now = api.loop.now().wall](storage::Connection& connection, Nothing&) {
        return storage::verify_peer(connection, id_of(*target), {actor_of(*actor), now});
      },
      done);
}

}  // namespace app::hub
