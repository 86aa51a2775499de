#include "relay/authenticate.h"

#include <algorithm>

#include "stun/integrity.h"
#include "stun/password_algorithms.h"

namespace relay {
namespace {

using stun::AttributeType;

// 401 and 438 both carry REALM, a fresh NONCE and, where the nonce announces it, PASSWORD-ALGORITHMS
// (§9.2.5).
base::Bytes write_challenge(Core& core, const Request& request, stun::ErrorCode code) {
  stun::MessageWriter writer(request.reply_space, request.message.method(), stun::Class::kError,
                             request.message.transaction_id());
  write_error(writer, request, code);
  writer.text(AttributeType::kRealm, core.options.realm);
  const stun::SecurityFeatures features{core.options.offer_password_algorithms,
                                        core.options.username_anonymity};
  const auto nonce = core.nonces.make(request.now.wall, request.from.tuple.client.ip, features,
                                      core.random.word<uint32_t>());
  writer.text(AttributeType::kNonce, {nonce.data(), nonce.size()});
  if (features.password_algorithms) {
    writer.attribute(AttributeType::kPasswordAlgorithms, stun::kOfferedPasswordAlgorithms);
  }
  if (request.message.has(AttributeType::kFingerprint)) writer.fingerprint();
  return writer.finish();
}

base::Bytes challenge(Core& core, const Request& request, stun::ErrorCode code, Reject reason) {
  note_refusal(core, request, code, reason);
  return may_answer(core, request) ? write_challenge(core, request, code) : base::Bytes{};
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

base::Bytes key_for(const stun::LongTermKeys& keys, stun::PasswordAlgorithm algorithm) {
  return algorithm == stun::PasswordAlgorithm::kSha256 ? base::Bytes(keys.sha256) : base::Bytes(keys.md5);
}

bool is_integral(const stun::Message& message, base::Bytes key) {
  if (message.has(AttributeType::kMessageIntegritySha256)) {
    return stun::check_message_integrity_sha256(message, key) == stun::Check::kRight;
  }
  return stun::check_message_integrity(message, key) == stun::Check::kRight;
}

std::optional<std::string_view> trimmed_text(const stun::Message& message, AttributeType type) {
  const auto text = message.text(type);
  return text ? std::optional(stun::trimmed_wire_text(*text)) : std::nullopt;
}

std::string_view name_in(const stun::Message& message) {
  return trimmed_text(message, AttributeType::kUsername).value_or("");
}

std::optional<Account> find_account(Core& core, const Request& request) {
  const auto* hash = request.message.find(AttributeType::kUserhash);
  return hash ? core.credentials.find_by_userhash(hash->value, request.now.wall)
              : core.credentials.find(name_in(request.message), request.now.wall);
}

// The hash of the prepared name, by which guesses are counted: a name has one budget, however it is written.
stun::Sha256Digest guessed_name(const Core& core, const stun::Message& message) {
  if (const auto* hash = message.find(AttributeType::kUserhash)) {
    stun::Sha256Digest digest{};
    std::copy_n(hash->value.begin(), std::min(hash->value.size(), digest.size()), digest.begin());
    return digest;
  }
  const auto name = name_in(message);
  const auto prepared = stun::opaque_string(name);
  return stun::userhash(prepared ? std::string_view(*prepared) : name, core.options.realm);
}

bool is_named(const Core& core, const stun::Message& message, const Identity& identity) {
  const auto* hash = message.find(AttributeType::kUserhash);
  if (!hash) return name_in(message) == identity.username;
  return std::ranges::equal(hash->value, stun::userhash(identity.username, core.options.realm));
}

// By an allocation's own key, which goes before any other: it stays good for that allocation after a REST
// credential has expired, so that a long call is not cut at its refresh.
bool is_signed_by_owner(const Core& core, const Request& request, stun::PasswordAlgorithm algorithm) {
  const auto* own = request.known_identity;
  return own && is_named(core, request.message, *own) &&
         is_integral(request.message, key_for(own->keys, algorithm));
}

// Fills the identity from whichever key of `account` fits. Unknown names cost the same work as wrong
// passwords and get the same octets: no oracle for names.
bool prove_identity(Request& request, const std::optional<Account>& account,
                    stun::PasswordAlgorithm algorithm) {
  static constexpr stun::LongTermKeys kNobody{};
  const size_t tries = account ? account->key_count : 1;
  size_t matching = tries;
  for (size_t i = 0; i < tries; ++i) {
    const auto& keys = account ? account->keys[i] : kNobody;
    if (is_integral(request.message, key_for(keys, algorithm))) matching = i;
  }
  if (!account || matching == tries) return false;
  const auto name = name_in(request.message);
  const bool by_hash = request.message.has(AttributeType::kUserhash);
  request.identity =
      Identity{by_hash ? account->user : std::string(name), account->user, account->keys[matching]};
  return true;
}

// Nothing: request.identity is filled. Whoever guessed too often gets no answer, and no integrity is computed.
std::optional<base::Bytes> identify(Core& core, Request& request, stun::PasswordAlgorithm algorithm) {
  if (is_signed_by_owner(core, request, algorithm)) {
    request.identity = *request.known_identity;
    return std::nullopt;
  }
  const auto now = request.now.steady;
  const auto& source = request.from.tuple.client.ip;
  const auto name = guessed_name(core, request.message);
  if (!core.guesses.has(now, source, name)) {
    core.counters.drop(Drop::kGuessing);
    return base::Bytes{};
  }
  const auto account = find_account(core, request);
  if (prove_identity(request, account, algorithm)) return std::nullopt;
  core.guesses.count(now, source, name);
  return challenge(core, request, stun::ErrorCode::kUnauthenticated,
                   account ? Reject::kWrongIntegrity : Reject::kUnknownUser);
}

// At the expense of no budget: the request is signed rightly, and the client knows what to do.
base::Bytes refresh_nonce(Core& core, const Request& request) {
  note_refusal(core, request, stun::ErrorCode::kStaleNonce, Reject::kStaleNonce);
  return write_challenge(core, request, stun::ErrorCode::kStaleNonce);
}

// Nothing: the nonce is fresh. Before the name is looked up and not last, as §9.2.4 has it: a stranger who has
// not even heard our challenge makes us neither prepare nor hash, and a 438 says nothing about the password.
std::optional<base::Bytes> judge_nonce(Core& core, Request& request, std::string_view nonce,
                                       stun::PasswordAlgorithm algorithm) {
  const auto verdict = core.nonces.check(request.now.wall, request.from.tuple.client.ip, nonce);
  request.has_our_nonce = verdict != stun::NonceVerdict::kForged;
  if (verdict == stun::NonceVerdict::kFresh) return std::nullopt;
  if (!is_signed_by_owner(core, request, algorithm))
    return challenge(core, request, stun::ErrorCode::kStaleNonce, Reject::kStaleNonce);
  return refresh_nonce(core, request);
}

// Nothing: it is this 5-tuple's request and no copy. A copy was signed rightly, but heard before from
// elsewhere: whoever sent it by right signs anew.
std::optional<base::Bytes> claim(Core& core, Request& request, std::string_view nonce) {
  request.key = core.transactions.key_of(request.message);
  const Claimant claimant{request.from.tuple, request.identity.user, stun::issued_at(nonce)};
  const Claim verdict = core.transactions.claim(request.key, claimant);
  if (verdict == Claim::kGranted) return std::nullopt;
  return verdict == Claim::kStale ? refresh_nonce(core, request)
                                  : challenge(core, request, stun::ErrorCode::kStaleNonce, Reject::kReplayed);
}

}  // namespace

std::optional<base::Bytes> authenticate(Core& core, Request& request) {
  const auto& message = request.message;
  const bool has_sha256 = message.has(AttributeType::kMessageIntegritySha256);
  if (!message.has(AttributeType::kMessageIntegrity) && !has_sha256) {
    return challenge(core, request, stun::ErrorCode::kUnauthenticated, Reject::kChallenge);
  }
  const auto nonce = trimmed_text(message, AttributeType::kNonce);
  const auto realm = trimmed_text(message, AttributeType::kRealm);
  const bool named = message.has(AttributeType::kUsername) || message.has(AttributeType::kUserhash);
  if (!named || !realm || !nonce || is_overlong(message))
    return refuse_stranger(core, request, stun::ErrorCode::kBadRequest, Reject::kBadRequest);

  const auto algorithm = chosen_algorithm(message, *nonce);
  if (!algorithm) return refuse_stranger(core, request, stun::ErrorCode::kBadRequest, Reject::kBadRequest);
  if (*realm != core.options.realm) {
    return challenge(core, request, stun::ErrorCode::kUnauthenticated, Reject::kWrongRealm);
  }
  if (auto refusal = judge_nonce(core, request, *nonce, *algorithm)) return refusal;
  if (auto refusal = identify(core, request, *algorithm)) return refusal;
  if (auto refusal = claim(core, request, *nonce)) return refusal;
  request.reply_key = {
      key_for(request.identity.keys, *algorithm),
      message.has(AttributeType::kPasswordAlgorithm) || message.has(AttributeType::kPasswordAlgorithms)};
  return std::nullopt;
}

}  // namespace relay
