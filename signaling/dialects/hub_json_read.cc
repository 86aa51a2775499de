#include <algorithm>
#include <charconv>
#include <utility>

#include "signaling/dialects/description.h"
#include "signaling/dialects/hub_json.h"
#include "signaling/dialects/json_object.h"

namespace signaling::dialects {
namespace {

using simdjson::dom::element;

constexpr uint64_t kLargestId = (uint64_t{1} << 53) - 1;  // what JavaScript counts to

constexpr std::string_view kNotJson =
    "not JSON; send one JSON object per message, its numbers within 64 bits";
constexpr std::string_view kNotAnObject =
    "not an object; send {\"target\":..} with one of offer, answer, candidate, data";
constexpr std::string_view kDoubled = "a key stands twice; send each key once";
constexpr std::string_view kBadTarget = "target: a fingerprint or name as a string is needed";
constexpr std::string_view kBadId = "id: a whole number from 0 to 9007199254740991 is needed";
constexpr std::string_view kBadSeen = "seen: the n of the last frame is needed, alone in its message";
constexpr std::string_view kNotOneBody = "exactly one of offer, answer, candidate, data is needed";

std::optional<MessageKind> kind_of(std::string_view key) {
  if (key == "offer") return MessageKind::kOffer;
  if (key == "answer") return MessageKind::kAnswer;
  if (key == "candidate") return MessageKind::kCandidate;
  if (key == "data") return MessageKind::kData;
  return std::nullopt;
}

// What a message holds.
struct Fields {
  std::optional<element> target, id, seen;
  std::optional<MessageKind> kind;
  element body;
  size_t body_index = 0;
};

std::optional<uint64_t> number_of(const std::optional<element>& value) {
  uint64_t number = 0;
  if (!value || value->get(number) != simdjson::SUCCESS || number > kLargestId) return std::nullopt;
  return number;
}

// Behind a key that has just been read.
std::optional<uint64_t> number_behind_key(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const auto skip = [&] { text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size())); };
  skip();
  if (!text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  skip();
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  const bool is_whole = stopped == end || std::string_view(", }\t\r\n").contains(*stopped);
  return error == std::errc{} && is_whole && number <= kLargestId ? std::optional(number) : std::nullopt;
}

// Of a text that is no JSON, as far as it can be walked: what a key "id" says that stands where it belongs.
std::optional<uint64_t> id_in_broken(std::string_view text) {
  size_t depth = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    if (c != '"') continue;
    const size_t begin = at + 1;
    for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\';
    if (at >= text.size()) return std::nullopt;
    if (depth != 1 || text.substr(begin, at - begin) != "id") continue;
    if (const auto id = number_behind_key(text.substr(at + 1))) return id;
  }
  return std::nullopt;
}

// The complaint, if there is one.
std::string_view collect(const simdjson::dom::object& object, Fields& fields) {
  const auto take = [](std::optional<element>& field, element value) {
    return std::exchange(field, value) ? kDoubled : std::string_view{};
  };
  size_t index = 0;
  for (const auto [key, value] : object) {
    std::string_view complaint;
    if (key == "target") complaint = take(fields.target, value);
    if (key == "id") complaint = take(fields.id, value);
    if (key == "seen") complaint = take(fields.seen, value);
    if (const auto kind = kind_of(key)) {
      if (fields.kind) complaint = kNotOneBody;
      fields.kind = kind;
      fields.body = value;
      fields.body_index = index;
    }
    if (!complaint.empty()) return complaint;
    ++index;
  }
  return {};
}

// Keeps what a receiver may take for a description or a part of one: its SDP, to be judged. The complaint, if
// there is one.
std::string_view take_body(element body, Outgoing& outgoing) {
  if (outgoing.kind == MessageKind::kCandidate) return fault_of_candidate(body).value_or(std::string_view{});
  if (outgoing.kind != MessageKind::kOffer && outgoing.kind != MessageKind::kAnswer) return {};
  const auto sdp = sdp_of_description(body);
  if (!sdp) return sdp.error();
  outgoing.sdp = *sdp;
  return {};
}

}  // namespace

struct HubJsonReader::Parsers {
  JsonObjectReader objects;
};

HubJsonReader::HubJsonReader() : parsers_(std::make_unique<Parsers>()) {}
HubJsonReader::~HubJsonReader() = default;

std::expected<std::variant<Outgoing, Seen>, BadMessage> HubJsonReader::read(std::string_view text) {
  const auto object = parsers_->objects.read(text);
  if (!object) {
    const bool is_json = object.error() == JsonFault::kNotAnObject;
    return std::unexpected(BadMessage{is_json ? kNotAnObject : kNotJson, id_in_broken(text)});
  }
  Fields fields;
  const auto complaint = collect(*object, fields);
  const auto id = number_of(fields.id);
  const auto bad = [&](std::string_view what) { return std::unexpected(BadMessage{what, id}); };
  if (!complaint.empty()) return bad(complaint);
  if (fields.id && !id) return bad(kBadId);
  if (fields.seen) {
    const auto seen = number_of(fields.seen);
    if (!seen || fields.target || fields.kind) return bad(kBadSeen);
    return Seen{*seen};
  }
  if (!fields.target || !fields.target->is_string()) return bad(kBadTarget);
  if (!fields.kind) return bad(kNotOneBody);

  Outgoing outgoing{.target = std::string(string_in(*fields.target)), .kind = *fields.kind, .id = id};
  outgoing.body = parsers_->objects.text_of_member(fields.body_index);
  const auto fault = take_body(fields.body, outgoing);
  if (!fault.empty()) return bad(fault);
  return outgoing;
}

}  // namespace signaling::dialects
