#include "bench/generator/hub/wire.h"

#include <charconv>

#include "bench/generator/hub/text_stamp.h"

namespace bench::generator::hub {
namespace {

// Names within a pair, as add_accounts() gives them; and of PeerJS, where all share one room.
std::string_view side_of(uint32_t client) { return client % 2 == 0 ? "left" : "right"; }
std::string peerjs_id(uint32_t client) { return "load-" + std::to_string(client); }

std::optional<uint64_t> number_after(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  uint64_t number = 0;
  const char* const from = text.data() + at + key.size();
  if (std::from_chars(from, text.data() + text.size(), number).ec != std::errc{}) return std::nullopt;
  return number;
}

std::string_view string_after(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  const auto rest = text.substr(at + key.size());
  return rest.substr(0, rest.find('"'));
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Heard read_icebox(std::string_view text) {
  using Kind = Heard::Kind;
  constexpr size_t kBeforeBody = 256;  // names and fingerprint are shorter
  if (has_text_stamp(text)) {
    const auto head = text.substr(0, kBeforeBody);
    return {.kind = Kind::kRelayed, .n = number_after(head, "\"n\":").value_or(0)};
  }
  const uint64_t n = number_after(text, "\"n\":").value_or(0);
  if (const auto session = string_after(text, "\"session\":\""); !session.empty())
    return {.kind = Kind::kWelcome, .session = session, .resumed = contains(text, "\"resumed\":true")};
  if (const auto id = number_after(text, "\"ack\":")) return {.kind = Kind::kAccepted, .n = n, .id = *id};
  if (contains(text, "\"code\":")) return {.kind = Kind::kRefusal, .n = n};
  return {.kind = Kind::kNotice, .n = n};
}

Heard read_peerjs(std::string_view text) {
  using Kind = Heard::Kind;
  if (has_text_stamp(text)) return {.kind = Kind::kRelayed};
  if (contains(text, "\"type\":\"OPEN\"")) return {.kind = Kind::kWelcome};
  return {.kind = Kind::kRefusal};
}

}  // namespace

std::string Wire::request_target(uint32_t client, const std::optional<ResumePoint>& resume) const {
  std::string target = path;
  if (dialect == Dialect::kPeerJs) {
    target.append("?key=").append(key).append("&id=").append(peerjs_id(client));
    return target.append("&token=t").append(std::to_string(client)).append("&version=1.5.5");
  }
  target.append(confirms ? "?confirm=1" : "?confirm=0");
  if (resume)
    target.append("&session=").append(resume->session).append("&last_seq=") += std::to_string(resume->last_n);
  return target;
}

std::string Wire::message_head(uint32_t client) const {
  const uint32_t other = client ^ 1;
  if (dialect == Dialect::kPeerJs)
    return R"({"type":"CANDIDATE","dst":")" + peerjs_id(other) + R"(","payload":{"candidate":")";
  return R"({"target":")" + std::string(side_of(other)) + R"(","data":")";
}

std::string Wire::message_tail(std::optional<uint64_t> id) const {
  if (dialect == Dialect::kPeerJs) return R"("}})";
  return id ? R"(","id":)" + std::to_string(*id) + "}" : R"("})";
}

std::string confirmation(uint64_t n) { return R"({"seen":)" + std::to_string(n) + "}"; }

Heard read_text(Dialect dialect, std::string_view text) {
  return dialect == Dialect::kPeerJs ? read_peerjs(text) : read_icebox(text);
}

}  // namespace bench::generator::hub
