#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "signaling/dialects/hub_json.h"
#include "signaling/dialects/json_text.h"

namespace signaling::dialects {
namespace {

using nlohmann::json;

std::string_view key_of(MessageKind kind) {
  switch (kind) {
    case MessageKind::kOffer:
      return "offer";
    case MessageKind::kAnswer:
      return "answer";
    case MessageKind::kCandidate:
      return "candidate";
    case MessageKind::kData:
    case MessageKind::kOther:
      break;
  }
  return "data";
}

// Fingerprints are unique over all, names only within the user; who has no fingerprint yet is known by name.
json fingerprint_of(const Peer& peer) { return peer.fingerprint.empty() ? json() : json(peer.fingerprint); }

json seconds_of(const std::optional<base::WallTime>& time) {
  return time ? json(time->time_since_epoch().count()) : json();
}

json record_of(const Welcome::Listed& listed) {
  const Peer& peer = *listed.peer;
  return {{"fp", fingerprint_of(peer)},
          {"name", peer.name},
          {"kind", peer.kind},
          {"verified", peer.verified},
          {"online", listed.online},
          {"created_on", seconds_of(peer.created_at)},
          {"last_connect", seconds_of(peer.last_connect_at)}};
}

void append_number(std::string& to, std::string_view key, uint64_t number) {
  to.append(key).append(std::to_string(number));
}

// Whatever reached us as a name is valid UTF-8; should it ever not be, the message is sent all the same.
std::string text_of(const json& value) { return base::json_text(value); }

}  // namespace

std::string welcome_json(const Welcome& welcome, std::string_view ice_servers, std::chrono::seconds ttl,
                         size_t max_message) {
  json peers = json::array();
  for (const auto& listed : welcome.peers) peers.push_back(record_of(listed));
  const Peer& self = *welcome.self;
  json message{{"uid", self.user_name},      {"user", self.user_name},         {"fp", fingerprint_of(self)},
               {"name", self.name},          {"peers", std::move(peers)},      {"session", welcome.session},
               {"resumed", welcome.resumed}, {"ice_servers_ttl", ttl.count()}, {"max_message", max_message}};
  std::string text = text_of(message);
  text.pop_back();
  return text.append(",\"ice_servers\":").append(ice_servers).append("}");
}

std::string ice_servers_json(std::string_view ice_servers, std::chrono::seconds ttl) {
  std::string text = "{\"ice_servers\":";
  text.append(ice_servers);
  append_number(text, ",\"ttl\":", static_cast<uint64_t>(ttl.count()));
  return text += '}';
}

void write_relayed_json(std::string& to, const Relayed& relayed) {
  const Message& message = *relayed.message;
  const Peer& source = *message.source;
  to = "{\"source_fp\":";
  if (source.fingerprint.empty()) {
    to += "null";
  } else {
    append_json_string(to, source.fingerprint);
  }
  to += ",\"source_name\":";
  append_json_string(to, source.name);
  append_number(to, ",\"n\":", relayed.n);
  append_number(to, ",\"seq\":", relayed.seq);
  if (message.id) append_number(to, ",\"id\":", *message.id);
  to.append(",\"").append(key_of(message.kind)).append("\":").append(message.body).append("}");
}

std::string receipt_json(const Receipt& receipt) {
  json message{{"n", receipt.n},
               {"target_fp", fingerprint_of(*receipt.target)},
               {"target_name", receipt.target->name}};
  if (receipt.status == ReceiptStatus::kNotDelivered) {
    if (receipt.id) message["nack"] = *receipt.id;
    message["code"] = kErrorNotDelivered;
    message["text"] = receipt.text;
  } else {
    message["ack"] = receipt.id ? json(*receipt.id) : json();
    message["status"] = receipt.status == ReceiptStatus::kQueued ? "queued" : "delivered";
  }
  return text_of(message);
}

std::string peer_update_json(const PeerUpdate& update) {
  const Peer& peer = *update.peer;
  json what{{"verified", peer.verified}, {"online", update.online}, {"name", peer.name}, {"kind", peer.kind}};
  if (update.removed) what["removed"] = true;
  if (update.before && update.before->name != peer.name) what["old_name"] = update.before->name;
  if (update.before && update.before->fingerprint != peer.fingerprint)
    what["old_fp"] = fingerprint_of(*update.before);
  return text_of({{"n", update.n},
                  {"source_fp", fingerprint_of(peer)},
                  {"source_name", peer.name},
                  {"peer_update", what}});
}

std::string error_json(const Refused& refused) {
  json message{{"code", refused.code}, {"text", refused.text}};
  if (refused.id) message["nack"] = *refused.id;
  if (refused.retry_after.count() > 0) message["retry_after_ms"] = refused.retry_after.count();
  return text_of(message);
}

}  // namespace signaling::dialects
