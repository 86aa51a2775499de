#include "signaling/dialects/peerjs_json.h"

#include <optional>
#include <utility>

#include "signaling/dialects/json_object.h"
#include "signaling/dialects/json_text.h"

namespace signaling::dialects {
namespace {

using simdjson::dom::element;

constexpr std::string_view kNotJson = "not a JSON object";
constexpr std::string_view kDoubled = "a key stands twice";
constexpr std::string_view kBadDst = "dst is no string";

constexpr std::pair<std::string_view, PeerJsType> kTypes[] = {{"HEARTBEAT", PeerJsType::kHeartbeat},
                                                              {"OFFER", PeerJsType::kOffer},
                                                              {"ANSWER", PeerJsType::kAnswer},
                                                              {"CANDIDATE", PeerJsType::kCandidate},
                                                              {"LEAVE", PeerJsType::kLeave}};

PeerJsType type_of(const std::optional<element>& value) {
  const auto name = value ? string_in(*value) : std::string_view{};
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  return PeerJsType::kOther;
}

std::string_view name_of(MessageKind kind) {
  switch (kind) {
    case MessageKind::kOffer:
      return "OFFER";
    case MessageKind::kAnswer:
      return "ANSWER";
    case MessageKind::kCandidate:
      return "CANDIDATE";
    case MessageKind::kData:
    case MessageKind::kOther:
      break;
  }
  return "LEAVE";
}

void append_member(std::string& to, std::string_view key, std::string_view text) {
  to.append(",\"").append(key).append("\":");
  append_json_string(to, text);
}

}  // namespace

struct PeerJsReader::Parser {
  JsonObjectReader objects;
};

PeerJsReader::PeerJsReader() : parser_(std::make_unique<Parser>()) {}
PeerJsReader::~PeerJsReader() = default;

std::expected<PeerJsMessage, std::string_view> PeerJsReader::read(std::string_view text) {
  const auto object = parser_->objects.read(text);
  if (!object) return std::unexpected(kNotJson);
  std::optional<element> type, dst;
  std::optional<size_t> payload_index;
  size_t index = 0;
  for (const auto [key, value] : *object) {
    if (key == "type" && std::exchange(type, value)) return std::unexpected(kDoubled);
    if (key == "dst" && std::exchange(dst, value)) return std::unexpected(kDoubled);
    if (key == "payload" && std::exchange(payload_index, index)) return std::unexpected(kDoubled);
    ++index;
  }
  if (dst && !dst->is_string() && !dst->is_null()) return std::unexpected(kBadDst);
  PeerJsMessage message{.type = type_of(type), .dst = {}, .payload = {}};
  if (dst) message.dst = string_in(*dst);
  if (payload_index) message.payload = parser_->objects.text_of_member(*payload_index);
  return message;
}

std::string peerjs_open_json() { return R"({"type":"OPEN"})"; }

std::string peerjs_refusal_json(std::string_view type, std::string_view message) {
  std::string text = R"({"type":")";
  text.append(type).append(R"(","payload":{"msg":)");
  append_json_string(text, message);
  return text.append("}}");
}

std::string peerjs_expire_json(std::string_view src, std::string_view dst) {
  std::string text = R"({"type":"EXPIRE")";
  append_member(text, "src", src);
  append_member(text, "dst", dst);
  return text += '}';
}

void write_peerjs_json(std::string& to, const Message& message) {
  to = R"({"type":")";
  to.append(name_of(message.kind)).append("\"");
  append_member(to, "src", message.source->name);
  append_member(to, "dst", message.target->name);
  if (!message.body.empty()) to.append(R"(,"payload":)").append(message.body);
  to += '}';
}

}  // namespace signaling::dialects
