#include "app/operator_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/gather.h"
#include "app/hub/ice_servers.h"
#include "base/json_text.h"

namespace app {
namespace {

using nlohmann::json;
using relay::worker::Worker;

// "USER/PEER" of a credential that was made for a peer; null: it was not, or the peer is gone.
json peer_name(const storage::PeerSnapshot& peers, std::string_view user) {
  const auto name = hub::parse_turn_name(user);
  const auto* peer = name ? peers.find(storage::PeerId{name->peer}) : nullptr;
  return peer ? json(peers.find(peer->account)->name + "/" + peer->name) : json();
}

json to_json(const relay::SessionInfo& session, const storage::PeerSnapshot& peers) {
  json relayed = json::array();
  for (const auto& endpoint : session.relayed) relayed.push_back(endpoint.to_string());
  return {{"id", to_hex(session.id)},
          {"user", session.user},
          {"peer", peer_name(peers, session.user)},
          {"transport", relay::name_of(session.client.transport)},
          {"client", session.client.client.to_string()},
          {"server", session.client.server.to_string()},
          {"relayed", relayed},
          {"age_seconds", session.age.count()},
          {"expires_in_seconds", session.expires_in.count()},
          {"permissions", session.permissions},
          {"channels", session.channels},
          {"relays", session.tcp ? "tcp" : "udp"},
          {"connections", session.connections},
          {"to_peers", {{"packets", session.packets_to_peers}, {"bytes", session.bytes_to_peers}}},
          {"to_client", {{"packets", session.packets_to_client}, {"bytes", session.bytes_to_client}}}};
}

json to_json(const relay::worker::PortUse& use) {
  return {{"address", use.bound.to_string()},
          {"advertised", use.advertised.to_string()},
          {"ports", use.capacity},
          {"free", use.free},
          {"resting", use.resting}};
}

std::string error_line(const std::string& text) { return base::json_text(json{{"error", text}}); }

}  // namespace

std::string to_hex(relay::AllocationId id) {
  std::string text(16, '0');
  for (size_t i = 0; i < text.size(); ++i) text[i] = "0123456789abcdef"[id >> (60 - 4 * i) & 15];
  return text;
}

void OperatorApi::handle(const std::string& line, const ControlReply& reply) {
  const auto request = parse_control_request(line);
  if (!request) return reply(error_line(request.error()));
  appliance_.log().debug("control_request", {{"command", std::string(to_text(request->command))}});
  switch (request->command) {
    case ControlCommand::kStatus:
      return status(reply);
    case ControlCommand::kSessions:
      return sessions(reply);
    case ControlCommand::kKick:
      return kick(*request, reply);
    case ControlCommand::kReload:
      return reload(reply);
    case ControlCommand::kDrain:
      return drain(reply);
  }
}

void OperatorApi::status(const ControlReply& reply) {
  json ports = json::array();
  for (const auto& use : appliance_.ports().use()) ports.push_back(to_json(use));
  json listening = json::array();
  for (const auto& at : appliance_.listening()) {
    listening.push_back({{"scheme", to_string(at.scheme)},
                         {"bound", at.bound.to_string()},
                         {"advertised", at.advertised.to_string()}});
  }
  uint64_t to_peers = 0;
  uint64_t to_clients = 0;
  for (const auto& worker : appliance_.workers()) {
    to_peers += worker->counters().to_peers.bytes.value();
    to_clients += worker->counters().to_clients.bytes.value();
  }
  reply(base::json_text(json{
      {"realm", appliance_.auth().realm},
      {"draining", appliance_.is_draining()},
      {"workers", appliance_.workers().size()},
      {"allocations", appliance_.quotas().in_all()},
      {"bytes_to_peers", to_peers},
      {"bytes_to_clients", to_clients},
      {"users", appliance_.config().auth.users.size() + appliance_.store().users().load()->users().size()},
      {"listening", listening},
      {"relay_ports", ports}}));
}

void OperatorApi::sessions(const ControlReply& reply) {
  using Sessions = std::vector<relay::SessionInfo>;
  gather<Sessions>(
      appliance_, [](Worker& worker) { return worker.server().sessions(worker.now()); },
      [reply, peers = appliance_.store().peers().load()](std::vector<Sessions> answers) {
        json all = json::array();
        for (const auto& sessions : answers) {
          for (const auto& session : sessions) all.push_back(to_json(session, *peers));
        }
        reply(base::json_text(json{{"sessions", all}}));
      });
}

void OperatorApi::kick(const ControlRequest& request, const ControlReply& reply) {
  gather<size_t>(
      appliance_,
      [id = request.id, user = request.user](Worker& worker) -> size_t {
        return id ? worker.kick(*id) : worker.kick_user(user);
      },
      [reply](std::vector<size_t> kicked) {
        size_t all = 0;
        for (const auto count : kicked) all += count;
        reply(all == 0 ? error_line("no such session; see `icebox sessions`")
                       : base::json_text(json{{"kicked", all}}));
      });
}

void OperatorApi::reload(const ControlReply& reply) {
  const auto outcome = reload_();
  if (!outcome) {
    return reply(base::json_text(json{{"error", "the old configuration stays: " + outcome.error().front()},
                                      {"faults", outcome.error()}}));
  }
  json changes = json::array();
  for (const auto& change : *outcome) changes.push_back(to_string(change));
  reply(base::json_text(json{{"changes", changes}}));
}

void OperatorApi::drain(const ControlReply& reply) {
  appliance_.drain();
  reply(base::json_text(json{{"draining", true}, {"allocations", appliance_.quotas().in_all()}}));
}

}  // namespace app
