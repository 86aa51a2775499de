#include "app/usage_ledger.h"

#include <vector>

#include "app/hub/ice_servers.h"
#include "net/event_loop.h"

namespace app {
namespace {

constexpr std::chrono::seconds kCollected{5};

}  // namespace

UsageLedger::UsageLedger(net::EventLoop& loop, storage::Store& store, Log& log)
    : loop_(loop), store_(store), log_(log), timer_(loop, [this] { flush(); }) {}

void UsageLedger::note(const SessionEvent& event) {
  const auto name = hub::parse_turn_name(event.user);
  if (!name) return;
  if (noted_.empty()) timer_.arm(loop_.steady_now() + kCollected);
  auto& traffic = noted_[{storage::PeerId{name->peer}, storage::day_of(loop_.now().wall)}];
  if (!event.ended) ++traffic.allocations;
  traffic.bytes_to_peers += static_cast<int64_t>(event.bytes_to_peers);
  traffic.bytes_to_client += static_cast<int64_t>(event.bytes_to_client);
}

void UsageLedger::flush() {
  std::vector<storage::PeerUsage> usages;
  for (const auto& [key, traffic] : std::exchange(noted_, {}))
    usages.push_back({key.first, key.second, traffic});
  if (usages.empty()) return;
  const auto warn = [](Log& log, const storage::Outcome& outcome) {
    if (!outcome) log.warn("usage_lost", {{"text", outcome.error().text}});
  };
  const auto accepted = store_.submit(
      [usages](storage::Connection& connection) { return storage::add_usage(connection, usages); },
      [&log = log_, warn](const storage::Outcome& outcome) { warn(log, outcome); });
  if (!accepted) warn(log_, accepted);
}

}  // namespace app
