#include "app/metrics_signaling.h"

#include "app/hub/service.h"

namespace app {
namespace {

double number(uint64_t value) { return static_cast<double>(value); }
double number(const base::Counter& counter) { return number(counter.value()); }

void add_hub(Families& families, const signaling::Hub& hub) {
  const auto& counters = hub.counters();
  families.add_one("icebox_hub_sessions", "Sessions of the hub, those without a connection too",
                   Families::kGauge, number(hub.session_count()));
  families.add_one("icebox_hub_queued_bytes", "Octets that wait for receivers without a connection",
                   Families::kGauge, number(hub.queued_bytes()));
  families.add_one("icebox_hub_history_bytes", "Octets that sessions keep to repeat them after a resume",
                   Families::kGauge, number(hub.history_bytes()));
  families.begin("icebox_hub_messages_total", "Messages by what became of them", Families::kCounter);
  families.add({{"outcome", "relayed"}}, number(counters.relayed));
  families.add({{"outcome", "queued"}}, number(counters.queued));
  families.add({{"outcome", "delivered"}}, number(counters.delivered));
  families.add({{"outcome", "not_delivered"}}, number(counters.not_delivered));
  families.add({{"outcome", "repeated"}}, number(counters.repeated));
  families.begin("icebox_hub_refused_total", "Messages refused, by reason", Families::kCounter);
  families.add({{"reason", "unverified"}}, number(counters.refused_unverified));
  families.add({{"reason", "rate"}}, number(counters.refused_rate));
  families.add({{"reason", "sdp_fingerprint"}}, number(counters.refused_sdp));
  families.add({{"reason", "target"}}, number(counters.refused_target));
  families.add({{"reason", "full"}}, number(counters.refused_full));
  families.add({{"reason", "id"}}, number(counters.refused_id));
  families.begin("icebox_hub_attached_total", "Connections that attached, by how", Families::kCounter);
  families.add({{"how", "all"}}, number(counters.attached));
  families.add({{"how", "resumed"}}, number(counters.resumed));
  families.add({{"how", "replaced_another"}}, number(counters.replaced));
  families.add_one("icebox_hub_dropped_slow_total",
                   "Connections closed since their client left too much unread", Families::kCounter,
                   number(counters.dropped_slow));
}

void add_sockets(Families& families, const hub::Service& signaling) {
  using Counters = net::WebSocketCounters;
  constexpr std::pair<const char*, base::Counter Counters::*> kEvents[] = {
      {"opened", &Counters::opened},
      {"refused_handshake", &Counters::refused_handshake},
      {"refused_origin", &Counters::refused_origin},
      {"message_received", &Counters::messages_received},
      {"message_sent", &Counters::messages_sent},
      {"message_too_large", &Counters::messages_too_large},
      {"held_back", &Counters::held_back},
      {"closed_clean", &Counters::closed_clean},
      {"closed_abnormal", &Counters::closed_abnormal},
      {"closed_silent", &Counters::closed_silent},
      {"closed_fault", &Counters::closed_fault},
      {"closed_slow", &Counters::closed_slow},
      {"closed_no_room", &Counters::closed_no_room}};
  families.begin("icebox_websockets", "WebSockets open, by dialect", Families::kGauge);
  families.add({{"dialect", "icebox"}}, number(signaling.websocket().connections()));
  families.add({{"dialect", "peerjs"}}, number(signaling.peerjs().connections()));
  families.begin("icebox_websocket_events_total", "What happened on WebSockets, by dialect",
                 Families::kCounter);
  for (const auto& [event, counter] : kEvents) {
    families.add({{"dialect", "icebox"}, {"event", event}}, number(signaling.websocket().sockets().*counter));
    families.add({{"dialect", "peerjs"}, {"event", event}}, number(signaling.peerjs().sockets().*counter));
  }
  families.begin("icebox_dialect_refused_total", "Clients and messages that a dialect refused, by reason",
                 Families::kCounter);
  const auto& icebox = signaling.websocket().counters();
  families.add({{"dialect", "icebox"}, {"reason", "not_admitted"}}, number(icebox.refused));
  families.add({{"dialect", "icebox"}, {"reason", "bad_message"}}, number(icebox.bad_messages));
  const auto& peerjs = signaling.peerjs().counters();
  families.add({{"dialect", "peerjs"}, {"reason", "not_admitted"}}, number(peerjs.refused));
  families.add({{"dialect", "peerjs"}, {"reason", "id_taken"}}, number(peerjs.ids_taken));
  families.add({{"dialect", "peerjs"}, {"reason", "bad_message"}}, number(peerjs.bad_messages));
  families.add({{"dialect", "peerjs"}, {"reason", "ignored"}}, number(peerjs.ignored));
  families.add({{"dialect", "peerjs"}, {"reason", "expired"}}, number(peerjs.expired));
  const auto& ice_test = signaling.ice_test().counters();
  families.add({{"dialect", "ice_test"}, {"reason", "not_found"}}, number(ice_test.not_found));
  families.add({{"dialect", "ice_test"}, {"reason", "bad_message"}}, number(ice_test.bad_messages));
}

void add_identity(Families& families, const hub::Service& signaling) {
  families.add_one("icebox_peers", "Registered peers", Families::kGauge,
                   number(signaling.registry().table().size()));
  families.add_one(
      "icebox_registry_reloads_total",
      "Times that all registered peers were taken over anew, for more had changed than was noted",
      Families::kCounter, number(signaling.registry().reloads()));
  families.begin("icebox_identity_refused_total", "Proofs and registrations refused, by reason",
                 Families::kCounter);
  const auto& gate = signaling.gate_counters();
  families.add({{"reason", "wrong_token"}}, number(gate.wrong_tokens));
  families.add({{"reason", "wrong_invitation"}}, number(gate.wrong_invitations));
  families.add({{"reason", "throttled_source"}}, number(gate.throttled));
  const auto& api = signaling.api_counters();
  families.add({{"reason", "wrong_otp"}}, number(api.wrong_passwords));
  families.add({{"reason", "throttled_otp"}}, number(api.throttled_passwords));
  families.add({{"reason", "throttled_rename"}}, number(api.throttled_renames));
  families.add({{"reason", "throttled_removal"}}, number(api.throttled_removals));
  families.add({{"reason", "throttled_invitation"}}, number(api.throttled_invitations));
  families.add({{"reason", "throttled_redemption"}}, number(api.throttled_redemptions));
  families.add({{"reason", "throttled_certificate"}}, number(gate.throttled_certificates));
  families.add({{"reason", "registration"}}, number(api.refused_registrations));
  families.add({{"reason", "throttled_registration"}}, number(api.throttled_registrations));
}

}  // namespace

void add_signaling_metrics(Families& families, const hub::Service& signaling) {
  add_hub(families, signaling.switchboard().hub());
  add_sockets(families, signaling);
  add_identity(families, signaling);
}

}  // namespace app
