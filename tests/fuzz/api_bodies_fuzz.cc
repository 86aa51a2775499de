// Bodies of the API and of PeerBook's /verify: what is taken is what the body says, within its bounds, and
// reads the same when it is written again; a refusal has nothing of the body in it.
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "app/hub/api_bodies.h"
#include "app/hub/api_support.h"
#include "base/bytes.h"
#include "signaling/fingerprint.h"
#include "signaling/peer_name.h"

namespace {

using app::hub::Read;
using nlohmann::json;

// Stands for every secret: the input's dollar signs become it. None of our own texts has it.
constexpr std::string_view kSecret = "s3cR3t";

void require(bool holds) {
  if (!holds) std::abort();
}

void require_silence(const signaling::Refusal& refusal) {
  require(refusal.code == 400 && !refusal.text.empty());
  const auto answer = app::hub::answer_to(refusal);
  require(answer.body.find(kSecret) == std::string::npos);
  require(json::parse(answer.body).at("detail") == refusal.text);
  for (const auto& [name, value] : answer.headers.fields()) require(value.find(kSecret) == std::string::npos);
}

// The request; nullptr: refused, in silence.
template <typename Request>
const Request* taken(const Read<Request>& read) {
  if (read) return &*read;
  require_silence(read.error());
  return nullptr;
}

bool is_canonical(const std::string& fingerprint) {
  return fingerprint.empty() || signaling::canonical_fingerprint(fingerprint) == fingerprint;
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= signaling::kMaxNameBytes &&
         signaling::check_name("name", name) == name;
}

// The member as the body has it; empty if it is missing or null. Throws, and fails, if it is no string.
std::string member(const json& whole, const char* name) {
  const auto at = whole.find(name);
  return at == whole.end() || at->is_null() ? std::string() : at->get<std::string>();
}

void check_redemption(const std::string& body, const json& whole) {
  const auto read = app::hub::read_redemption(body);
  const auto* const joining = taken(read);
  if (!joining) return;
  require(is_name(joining->name) && (joining->kind.empty() || is_name(joining->kind)));
  require(is_canonical(joining->fingerprint));
  require(signaling::hash_token(member(whole, "invitation")) == joining->invitation);
  const auto again = app::hub::read_redemption(json{
      {"invitation", member(whole, "invitation")},
      {"name", joining->name},
      {"kind", joining->kind},
      {"fp", joining->fingerprint}}.dump());
  require(again && again->invitation == joining->invitation && again->name == joining->name &&
          again->kind == joining->kind && again->fingerprint == joining->fingerprint);
}

void check_registration(const std::string& body) {
  const auto read = app::hub::read_registration(body);
  const auto* const peer = taken(read);
  if (!peer) return;
  require(is_name(peer->user) && is_name(peer->name) && (peer->kind.empty() || is_name(peer->kind)));
  require(is_canonical(peer->fingerprint));
  // As the device hears it, and would say it again.
  const auto answer = app::hub::created(
      app::hub::new_peer_answer("", peer->user, peer->name, peer->kind, peer->fingerprint, false));
  auto told = json::parse(answer.body);
  told["peer"]["user"] = told["user"];
  const auto again = app::hub::read_registration(told["peer"].dump());
  require(again && again->user == peer->user && again->name == peer->name && again->kind == peer->kind &&
          again->fingerprint == peer->fingerprint);
}

void check_verification(const std::string& body, const json& whole) {
  const auto read = app::hub::read_verification(body);
  const auto* const wanted = taken(read);
  if (!wanted) return;
  require(wanted->password.has_value() == whole.contains("otp"));
  if (wanted->password) require(whole["otp"] == *wanted->password && wanted->target.empty());
  if (!wanted->password) require(whole.at("target") == wanted->target);
}

void check_target(const json& whole, const app::hub::Target& target) {
  require(target.has_value() == whole.contains("target"));  // else it is oneself
  if (target) require(whole["target"] == *target);
}

void check_peers(const std::string& body, const json& whole) {
  const auto removal = app::hub::read_removal(body);
  if (const auto* const wanted = taken(removal)) check_target(whole, wanted->target);
  const auto renaming = app::hub::read_renaming(body);
  const auto* const wanted = taken(renaming);
  if (!wanted) return;
  require(is_name(wanted->name));
  check_target(whole, wanted->target);
}

void check_claim(const std::string& body, const json& whole) {
  const auto read = app::hub::read_claim(body);
  const auto* const claim = taken(read);
  if (!claim) return;
  require(is_canonical(claim->fingerprint));
  require(claim->fingerprint.empty() == member(whole, "fp").empty());
  require(claim->user == member(whole, "uid") && claim->name == member(whole, "name") &&
          claim->kind == member(whole, "kind"));
  const auto again = app::hub::read_claim(json{
      {"fp", claim->fingerprint},
      {"uid", claim->user},
      {"name", claim->name},
      {"kind", claim->kind}}.dump());
  require(again && again->fingerprint == claim->fingerprint && again->user == claim->user &&
          again->name == claim->name && again->kind == claim->kind);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string body;
  for (const char c : base::as_text({data, size})) {
    if (c == '$') {
      body += kSecret;
    } else {
      body += c;
    }
  }
  const auto refusal = app::hub::refuse_unless_object(body);
  if (refusal) require_silence(*refusal);
  // Throws, and fails, if our reader took what is no JSON.
  const auto whole = refusal || body.empty() ? json::object() : json::parse(body);
  require(whole.is_object());
  check_redemption(body, whole);
  check_registration(body);
  check_verification(body, whole);
  check_peers(body, whole);
  check_claim(body, whole);
  return 0;
}
