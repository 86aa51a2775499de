// Texts of signaling clients: what the reader lets pass must be a message that other clients can parse.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "signaling/dialects/hub_json.h"
#include "signaling/dialects/json_object.h"

namespace {

// Lone halves of UTF-16 pairs pass, and stop this parser.
nlohmann::json parse(std::string text) {
  signaling::dialects::mend_lone_surrogates(text);
  return nlohmann::json::parse(text);  // throws, and fails, if our reader took what is no JSON
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signaling;
  static dialects::HubJsonReader reader;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto read = reader.read(text);
  const auto* outgoing = read ? std::get_if<Outgoing>(&*read) : nullptr;
  if (!outgoing) return 0;

  const auto whole = parse(text);
  const char* const keys[] = {"offer", "answer", "candidate", "data"};
  const char* const key = keys[static_cast<size_t>(outgoing->kind)];
  if (parse(outgoing->body) != whole.at(key)) std::abort();
  if (whole.at("target") != outgoing->target) std::abort();
  if (outgoing->sdp && whole.at(key).at("sdp") != *outgoing->sdp) std::abort();

  Peer peer;
  peer.name = outgoing->target;
  Message message{
      .source = std::make_shared<const Peer>(peer), .kind = outgoing->kind, .body = outgoing->body};
  std::string relayed;
  dialects::write_relayed_json(relayed,
                               {.n = 1, .seq = 1, .message = std::make_shared<const Message>(message)});
  const auto received = parse(relayed);
  if (received.at("source_name") != outgoing->target || received.at(key) != whole.at(key)) std::abort();
  return 0;
}
