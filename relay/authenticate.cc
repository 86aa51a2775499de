#include "relay/authenticate.h"

#include <utility>

#include "stun/integrity.h"
#include "stun/password_algorithms.h"

namespace relay {
namespace {

using stun::AttributeType;

// 401 and 438 both carry REALM, a fresh NONCE and, where the nonce announces it, PASSWORD-ALGORITHMS
// (§9.2.5).
base::Bytes challenge(Core& core, const Request& request, stun::ErrorCode code, Reject reason) {
  note_refusal(core, request, code, reason);
  const auto& client = request.from.tuple.client.ip;
  if (!core.budget.take(request.now.steady, client)) {
    core.counters.drop(Drop::kRateLimited);
    return {};
  }
  stun::MessageWriter writer(request.reply_space, request.message.method(), stun::Class::kError,
                             request.message.transaction_id());
  writer.error_code(code);
  writer.text(AttributeType::kRealm, core.options.realm);
  const stun::SecurityFeatures features{core.options.offer_password_algorithms,
                                        core.options.username_anonymity};
  const auto nonce = core.nonces.make(request.now.wall, client, features, core.random.word<uint32_t>());
  writer.text(AttributeType::kNonce, {nonce.data(), nonce.size()});
  if (features.password_algorithms) {
    writer.attribute(AttributeType::kPasswordAlgorithms, stun::kOfferedPasswordAlgorithms);
  }
  if (request.message.has(AttributeType::kFingerprint)) writer.fingerprint();
  return writer.finish();
}

// Which key the client says it used; nullopt if its PASSWORD-ALGORITHM(S) break the rules (400).
std::optional<stun::PasswordAlgorithm> chosen_algorithm(const stun::Message& message,
                                                        std::string_view nonce) {
  if (!stun::features_of(nonce).password_algorithms) return stun::PasswordAlgorithm::kMd5;
  const auto chosen = stun::chosen_password_algorithm(message);
  return chosen ? std::optional(*chosen) : std::nullopt;
}

// RFC 8489 §14.3: fewer than 509 octets. Nobody's name is longer, so nobody is looked for.
bool is_overlong(const stun::Message& message) {
  const auto name = message.text(AttributeType::kUsername);
  return name && name->size() > stun::kLongestOpaqueString;
}

std::optional<Account> find_account(Core& core, const Request& request, std::string& username) {
  if (const auto* hash = request.message.find(AttributeType::kUserhash)) {
    return core.credentials.find_by_userhash(hash->value, request.now.wall);
  }
  username = stun::trimmed_wire_text(*request.message.text(AttributeType::kUsername));
  return core.credentials.find(username, request.now.wall);
}

base::Bytes key_for(const stun::LongTermKeys& keys, stun::PasswordAlgorithm algorithm) {
  return algorithm == stun::PasswordAlgorithm::kSha256 ? base::Bytes(keys.sha256) : base::Bytes(keys.md5);
}

bool is_integral(const stun::Message& message, base::Bytes key) {
  if (message.has(AttributeType::kMessageIntegritySha256)) {
    return stun::check_message_integrity_sha256(message, key) == stun::Check::kRight;
  }
  return stun::check_message_integrity(message, key) == stun::Check::kRight;
}

// Fills the identity from whichever key fits. An allocation's own key goes first: it stays good for that
// allocation after a REST credential has expired, so that a long call is not cut at its refresh.
bool prove_identity(Core& core, Request& request, stun::PasswordAlgorithm algorithm, bool& known) {
  const auto* own = request.known_identity;
  const auto wire_name = request.message.text(AttributeType::kUsername);
  if (own && wire_name && stun::trimmed_wire_text(*wire_name) == own->username &&
      is_integral(request.message, key_for(own->keys, algorithm))) {
    request.identity = *own;
    return known = true;
  }
  std::string username;
  const auto account = find_account(core, request, username);
  known = account.has_value();
  // Unknown names cost the same work as wrong passwords and get the same octets: no oracle for names.
  static constexpr stun::LongTermKeys kNobody{};
  const size_t tries = known ? account->key_count : 1;
  size_t matching = tries;
  for (size_t i = 0; i < tries; ++i) {
    const auto& keys = known ? account->keys[i] : kNobody;
    if (is_integral(request.message, key_for(keys, algorithm))) matching = i;
  }
  if (!known || matching == tries) return false;
  request.identity =
      Identity{username.empty() ? account->user : username, account->user, account->keys[matching]};
  return true;
}

}  // namespace

std::optional<base::Bytes> authenticate(Core& core, Request& request) {
  const auto& message = request.message;
  const bool has_sha256 = message.has(AttributeType::kMessageIntegritySha256);
  if (!message.has(AttributeType::kMessageIntegrity) && !has_sha256) {
    return challenge(core, request, stun::ErrorCode::kUnauthenticated, Reject::kChallenge);
  }
  const auto nonce = message.text(AttributeType::kNonce);
  const auto realm = message.text(AttributeType::kRealm);
  const bool named = message.has(AttributeType::kUsername) || message.has(AttributeType::kUserhash);
  if (!named || !realm || !nonce || is_overlong(message))
    return refuse(core, request, stun::ErrorCode::kBadRequest, Reject::kBadRequest);

  const auto algorithm = chosen_algorithm(message, *nonce);
  if (!algorithm) return refuse(core, request, stun::ErrorCode::kBadRequest, Reject::kBadRequest);
  if (stun::trimmed_wire_text(*realm) != core.options.realm) {
    return challenge(core, request, stun::ErrorCode::kUnauthenticated, Reject::kWrongRealm);
  }
  // Before the name is looked up and not last, as §9.2.4 has it: a stranger who has not even heard our
  // challenge makes us neither prepare nor hash, and a 438 tells nothing about the password.
  if (core.nonces.check(request.now.wall, request.from.tuple.client.ip, *nonce) !=
      stun::NonceVerdict::kFresh) {
    return challenge(core, request, stun::ErrorCode::kStaleNonce, Reject::kStaleNonce);
  }
  bool known = false;
  if (!prove_identity(core, request, *algorithm, known)) {
    return challenge(core, request, stun::ErrorCode::kUnauthenticated,
                     known ? Reject::kWrongIntegrity : Reject::kUnknownUser);
  }
  request.reply_key = {
      key_for(request.identity.keys, *algorithm),
      message.has(AttributeType::kPasswordAlgorithm) || message.has(AttributeType::kPasswordAlgorithms)};
  return std::nullopt;
}

}  // namespace relay
