// Texts of PeerJS clients: what the reader lets pass must be relayed as a message that other clients can
// parse.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "signaling/dialects/json_object.h"
#include "signaling/dialects/peerjs_json.h"

namespace {

// Lone halves of UTF-16 pairs pass, and stop this parser.
nlohmann::json parse(std::string text) {
  signaling::dialects::mend_lone_surrogates(text);
  return nlohmann::json::parse(text);  // throws, and fails, if our reader took what is no JSON
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signaling;
  static dialects::PeerJsReader reader;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto message = reader.read(text);
  if (!message) return 0;

  const auto whole = parse(text);
  const auto dst = whole.find("dst");
  const bool has_dst = dst != whole.end() && !dst->is_null();
  if (has_dst ? *dst != message->dst : !message->dst.empty()) std::abort();
  if (whole.contains("payload") == message->payload.empty()) std::abort();

  const auto named = [](const std::string& name) {
    Peer peer;
    peer.name = name;
    return std::make_shared<const Peer>(std::move(peer));
  };
  const Message relayed{.source = named("a"),
                        .target = named(message->dst),
                        .kind = MessageKind::kOffer,
                        .body = message->payload};
  std::string written;
  dialects::write_peerjs_json(written, relayed);
  const auto received = parse(written);
  if (received.at("type") != "OFFER" || received.at("src") != "a" || received.at("dst") != message->dst)
    std::abort();
  if (received.contains("payload") != whole.contains("payload")) std::abort();
  if (whole.contains("payload") && received.at("payload") != whole.at("payload")) std::abort();
  if (parse(dialects::peerjs_expire_json(message->dst, "a")).at("src") != message->dst) std::abort();
  return 0;
}
