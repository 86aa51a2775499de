#include "app/session_log.h"

#include <utility>

#include "app/hub/ice_servers.h"
#include "app/operator_api.h"
#include "net/system_clock.h"

namespace app {
namespace {

constexpr size_t kWaitingEvents = 16 * 1024;

SessionEvent event_of(const relay::Allocation& allocation) {
  SessionEvent event{.id = allocation.id,
                     .user = allocation.identity.user,
                     .client = allocation.client.tuple,
                     .packets_to_peers = allocation.to_peers.packets.value(),
                     .bytes_to_peers = allocation.to_peers.bytes.value(),
                     .packets_to_client = allocation.to_client.packets.value(),
                     .bytes_to_client = allocation.to_client.bytes.value()};
  for (const auto& relay : allocation.relays) event.relayed.push_back(relay.relayed);
  return event;
}

std::string text_of(const std::vector<base::Endpoint>& endpoints) {
  std::string text;
  for (const auto& endpoint : endpoints) text += (text.empty() ? "" : ",") + endpoint.to_string();
  return text;
}

}  // namespace

std::vector<LogField> fields_of(const SessionEvent& event) {
  std::vector<LogField> fields{{"id", to_hex(event.id)},
                               {"user", event.user},
                               {"transport", relay::name_of(event.client.transport)},
                               {"client", event.client.client.to_string()},
                               {"server", event.client.server.to_string()},
                               {"relayed", text_of(event.relayed)}};
  if (!event.ended) return fields;
  fields.emplace_back("reason", relay::name_of(*event.ended));
  fields.emplace_back("duration_ms", event.duration.count());
  fields.emplace_back("packets_to_peers", event.packets_to_peers);
  fields.emplace_back("bytes_to_peers", event.bytes_to_peers);
  fields.emplace_back("packets_to_client", event.packets_to_client);
  fields.emplace_back("bytes_to_client", event.bytes_to_client);
  return fields;
}

SessionLog::SessionLog(net::EventLoop& loop, Log& log)
    : log_(log),
      mailbox_(loop, kWaitingEvents,
               [this](SessionEvent&& event) {
                 listener_(event);
                 log_.write(LogLevel::kInfo, event.ended ? "session_end" : "session_start", fields_of(event));
               }),
      refusals_(loop, log) {}

void SessionLog::on_session_begin(const relay::Allocation& allocation) { pass_on(event_of(allocation)); }

void SessionLog::on_session_end(const relay::Allocation& allocation, relay::EndReason reason) {
  auto event = event_of(allocation);
  event.ended = reason;
  event.duration = std::chrono::duration_cast<std::chrono::milliseconds>(net::read_clocks().steady -
                                                                         allocation.created_at);
  pass_on(std::move(event));
}

void SessionLog::pass_on(SessionEvent event) {
  const bool is_wanted = log_.is_on(LogLevel::kInfo) || hub::parse_turn_name(event.user).has_value();
  if (is_wanted) mailbox_.push(std::move(event));  // false: counted there
}

}  // namespace app
