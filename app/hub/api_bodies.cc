#include "app/hub/api_bodies.h"

#include <nlohmann/json.hpp>

#include "signaling/fingerprint.h"
#include "signaling/peer_name.h"

namespace app::hub {
namespace {

using nlohmann::json;
using signaling::Refusal;

std::unexpected<Refusal> refuse(std::string text) { return std::unexpected(Refusal{400, std::move(text)}); }

// The members of a body, and the first thing that is wrong with those that were asked for.
class Members {
 public:
  explicit Members(std::string_view body)
      : given_(body.empty() ? json::object() : json::parse(body, nullptr, /*allow_exceptions=*/false)) {
    if (!given_.is_object()) refusal_ = Refusal{400, "the body must be a JSON object"};
  }

  // Empty: missing or null.
  [[nodiscard]] std::string text(const char* name) {
    const auto at = given_.find(name);
    return at == given_.end() || at->is_null() ? std::string() : string_in(name, *at);
  }
  // nullopt: missing.
  [[nodiscard]] std::optional<std::string> text_if_there(const char* name) {
    const auto at = given_.find(name);
    return at == given_.end() ? std::nullopt : std::optional(string_in(name, *at));
  }
  [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  std::string string_in(const char* name, const json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!refusal_) refusal_ = Refusal{400, std::string(name) + " must be a string"};
    return {};
  }

  json given_;
  std::optional<Refusal> refusal_;
};

// Canonical, or empty if none is claimed.
Read<std::string> fingerprint_in(const std::string& claimed) {
  if (claimed.empty()) return std::string();
  auto canonical = signaling::canonical_fingerprint(claimed);
  if (!canonical) return refuse("fp: a SHA-256 fingerprint, 64 hex digits, is needed");
  return *std::move(canonical);
}

}  // namespace

Read<Redemption> read_redemption(std::string_view body) {
  Members members(body);
  const auto invitation = signaling::hash_token(members.text("invitation"));
  auto name = signaling::check_name("name", members.text("name"));
  auto kind = signaling::check_kind(members.text("kind"));
  auto fingerprint = fingerprint_in(members.text("fp"));
  if (members.refusal()) return std::unexpected(*members.refusal());
  if (!invitation) return refuse("invitation: the token behind #invite= of the link is needed");
  if (!name) return std::unexpected(name.error());
  if (!kind) return std::unexpected(kind.error());
  if (!fingerprint) return std::unexpected(fingerprint.error());
  return Redemption{*invitation, *std::move(name), *std::move(kind), *std::move(fingerprint)};
}

Read<signaling::NewPeer> read_registration(std::string_view body) {
  Members members(body);
  const auto user = members.text("user"), name = members.text("name");
  const auto kind = members.text("kind"), fingerprint = members.text("fp");
  if (members.refusal()) return std::unexpected(*members.refusal());
  return signaling::check_new_peer(user, name, kind, fingerprint);
}

Read<Verification> read_verification(std::string_view body) {
  Members members(body);
  auto password = members.text_if_there("otp");
  auto target = password ? Target() : members.text_if_there("target");
  if (members.refusal()) return std::unexpected(*members.refusal());
  if (!password && !target)
    return refuse("otp, of this peer's user, or target, a waiting peer's name or fingerprint, is needed");
  return Verification{std::move(password), std::move(target).value_or("")};
}

Read<Renaming> read_renaming(std::string_view body) {
  Members members(body);
  auto name = signaling::check_name("name", members.text("name"));
  auto target = members.text_if_there("target");
  if (members.refusal()) return std::unexpected(*members.refusal());
  if (!name) return std::unexpected(name.error());
  return Renaming{*std::move(name), std::move(target)};
}

Read<Removal> read_removal(std::string_view body) {
  Members members(body);
  auto target = members.text_if_there("target");
  if (members.refusal()) return std::unexpected(*members.refusal());
  return Removal{std::move(target)};
}

std::optional<Refusal> refuse_unless_object(std::string_view body) { return Members(body).refusal(); }

Read<Claim> read_claim(std::string_view body) {
  Members members(body);
  auto fingerprint = fingerprint_in(members.text("fp"));
  Claim claim{.fingerprint = {},
              .user = members.text("uid"),
              .name = members.text("name"),
              .kind = members.text("kind")};
  if (members.refusal()) return std::unexpected(*members.refusal());
  if (!fingerprint) return std::unexpected(fingerprint.error());
  claim.fingerprint = *std::move(fingerprint);
  return claim;
}

}  // namespace app::hub
