#include <algorithm>

#include "app/hub/api_support.h"
#include "signaling/one_time_password.h"
#include "signaling/otp_guard.h"
#include "storage/accounts.h"
#include "storage/otp_guesses.h"
#include "storage/peers.h"

namespace app::hub {
namespace {

using std::chrono::seconds;

constexpr std::string_view kWrongPassword =
    "the one-time password is wrong, or was used; wait for the next one of your authenticator";
constexpr std::string_view kGuesser =
    "too many wrong one-time passwords: this device was removed; ask for an invitation";
constexpr std::string_view kMustWait =
    "too many wrong one-time passwords for this user; wait, ask for an invitation, or be verified by another "
    "of"
    " the user's devices";

// How a try went.
struct Tried {
  std::optional<seconds> wait;  // not looked at
  bool is_wrong = false;
  bool is_removed = false;  // the peer that tried
  int64_t failures = 0;     // of the account
};

struct Try {
  std::string password;
  std::optional<seconds> source_must_wait;
  std::string actor;
  base::WallTime now{};
  size_t peers_per_user = 0;
};

// The step that the password is of; nullopt: it is wrong, or the account has none.
std::optional<signaling::OtpStep> step_of(const storage::OtpState& state, std::string_view password,
                                          base::WallTime now) {
  signaling::OtpSecret secret;
  if (state.secret.size() != secret.size()) return std::nullopt;
  std::ranges::copy(state.secret, secret.begin());
  return signaling::check_otp(secret, password, now, std::nullopt);  // used ones: remember_otp_step()
}

// Whether the password is right and fresh; from now on it is used.
storage::Result<bool> use_password(storage::Connection& connection, const storage::OtpState& state,
                                   const Try& trying) {
  const auto step = step_of(state, trying.password, trying.now);
  if (!step) return false;
  const auto fresh = storage::remember_otp_step(connection, state.account, *step);
  if (fresh) return true;
  if (fresh.error().fault == storage::Fault::kConflict) return false;
  return std::unexpected(fresh.error());
}

storage::Outcome note_failure(storage::Connection& connection, storage::PeerId peer,
                              const storage::OtpState& state, const Try& trying, Tried& tried) {
  const auto guesses = signaling::after_failure(
      {state.failures.count, state.failures.first_at, state.failures.last_at}, trying.now);
  tried.is_wrong = true;
  tried.failures = guesses.failures;
  const storage::AuditStamp stamp{trying.actor, trying.now};
  if (auto added = storage::add_otp_failure(connection, peer,
                                            {guesses.failures, guesses.first_at, guesses.last_at}, stamp);
      !added)
    return added;
  tried.is_removed = state.failures_of_peer + 1 >= signaling::kGuessesOfPeer;
  return tried.is_removed ? storage::remove_peer(connection, peer, stamp) : storage::Outcome{};
}

// One job: looks, decides and writes in one transaction, so that no two tries pass by the count of one.
storage::Outcome try_password(storage::Connection& connection, storage::PeerId peer, const Try& trying,
                              Tried& tried) {
  const auto state = storage::read_otp_state(connection, peer);
  if (!state) return std::unexpected(state.error());
  const signaling::OtpGuesses guesses{state->failures.count, state->failures.first_at,
                                      state->failures.last_at};
  const signaling::OtpTrier trier{state->failures_of_peer, state->peer_created_at};
  tried.wait = signaling::wait_before_guess(guesses, trier, trying.now);
  // A known device does not pay for what others tried behind the same address.
  if (trying.source_must_wait && !signaling::is_known(guesses, trier, trying.now))
    tried.wait = std::max(tried.wait.value_or(seconds(0)), *trying.source_must_wait);
  if (tried.wait) return {};
  const auto right = use_password(connection, *state, trying);
  if (!right) return std::unexpected(right.error());
  if (!*right) return note_failure(connection, peer, *state, trying, tried);
  return storage::verify_peer(connection, peer, {trying.actor + " by one-time password", trying.now},
                              trying.peers_per_user);
}

net::HttpResponse answer_to_try(Api& api, const signaling::Peer& actor, const std::string& source,
                                const Tried& tried) {
  if (tried.wait) {
    api.counters.throttled_passwords.add();
    auto response = net::HttpResponse::problem(429, kMustWait);
    response.headers.add("Retry-After", std::to_string(tried.wait->count()));
    return response;
  }
  if (!tried.is_wrong) return no_content();
  api.counters.wrong_passwords.add();
  if (api.guessed && (tried.is_removed || tried.failures >= signaling::kFreeGuesses))
    api.guessed({.user = actor.user,
                 .user_name = actor.user_name,
                 .peer_name = actor.name,
                 .source = source,
                 .failures = tried.failures,
                 .is_removed = tried.is_removed});
  return net::HttpResponse::problem(403, tried.is_removed ? kGuesser : kWrongPassword);
}

void verify_by_password(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                        const std::string& password, const net::HttpExchange& exchange) {
  const auto& actor = bearer.peer;
  const auto now = api.loop.now();
  if (const auto wait =
          api.otp_peers.count_try(now.steady, std::to_string(static_cast<int64_t>(actor->id)))) {
    api.counters.throttled_passwords.add();
    return exchange.respond(too_many_tries(*wait));
  }
  const auto source = request.client.ip.to_string();
  write_as<Tried>(
      api, bearer, signaling::Deed::kVerifyByOtp, std::nullopt, exchange,
      [peer = id_of(*actor),
       trying = Try{.password = password,
                    .source_must_wait = api.otp_sources.count_try(now.steady, request.client.ip),
                    .actor = actor_of(*actor),
                    .now = now.wall,
                    .peers_per_user = api.options.peers_per_user}](storage::Connection& connection,
                                                                   Tried& tried) {
        return try_password(connection, peer, trying, tried);
      },
      [&api, actor, source](const Tried& tried) { return answer_to_try(api, *actor, source, tried); });
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
      [actor, target, max_peers = api.options.peers_per_user, now = api.loop.now().wall](
          storage::Connection& connection, Nothing&) {
        return storage::verify_peer(connection, id_of(*target), {actor_of(*actor), now}, max_peers);
      },
      done);
}

}  // namespace app::hub
