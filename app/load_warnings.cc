#include "app/load_warnings.h"

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "app/appliance.h"
#include "app/gather.h"
#include "app/session_log.h"

namespace app {
namespace {

constexpr std::chrono::seconds kLook{2};
constexpr size_t kNamedSources = 5;

using relay::worker::Worker;
using Sources = std::vector<relay::RefusedSource>;

uint64_t sum(const Appliance& appliance, const std::function<uint64_t(const Worker&)>& count) {
  uint64_t all = 0;
  for (const auto& worker : appliance.workers()) all += count(*worker);
  return all;
}

uint64_t rejected(const Appliance& appliance, relay::Reject reason) {
  return sum(appliance, [reason](const Worker& worker) {
    return worker.counters().rejected[static_cast<size_t>(reason)].value();
  });
}

uint64_t connections_refused(const Appliance& appliance) {
  uint64_t all = 0;
  for (const auto& listener : appliance.stream_listeners())
    all += listener->counters().out_of_descriptors.value();
  return all;
}

// Workers see parts of the same flood.
Sources most_refused(const std::vector<Sources>& of_workers) {
  std::map<base::IpAddress, uint64_t> refusals;
  for (const auto& sources : of_workers) {
    for (const auto& source : sources) refusals[source.source] += source.refusals;
  }
  Sources sorted;
  for (const auto& [source, count] : refusals) sorted.push_back({source, count});
  std::ranges::sort(sorted, std::greater(), &relay::RefusedSource::refusals);
  if (sorted.size() > kNamedSources) sorted.resize(kNamedSources);
  return sorted;
}

}  // namespace

LoadWarnings::LoadWarnings(Appliance& appliance, Log& log, const SessionLog& sessions)
    : appliance_(appliance), log_(log), sessions_(sessions), timer_(appliance.loop(), [this] { look(); }) {}

void LoadWarnings::look() {
  const auto now = appliance_.loop().steady_now();
  look_at_ports(now);
  look_at_sources(now);
  look_at_proxies(now);
  look_at_own_losses(now);
  timer_.arm(now + kLook);
}

void LoadWarnings::look_at_ports(base::TimePoint now) {
  if (const auto refused = ports_.look(now, rejected(appliance_, relay::Reject::kNoCapacity))) {
    log_.warn("relay_ports_exhausted",
              {{"refused", *refused}, {"cure", "widen relay.ports, or keep other programs out of it"}});
  }
  const auto descriptors =
      rejected(appliance_, relay::Reject::kNoDescriptor) + connections_refused(appliance_);
  if (const auto refused = descriptors_.look(now, descriptors)) {
    log_.warn("descriptors_exhausted",
              {{"refused", *refused}, {"cure", "raise the limit of open files: ulimit -n, LimitNOFILE"}});
  }
  if (const auto refused = no_address_.look(now, rejected(appliance_, relay::Reject::kNoAddress))) {
    log_.warn(
        "relay_address_missing",
        {{"refused", *refused},
         {"cure",
          "give the host the address back that relay.addresses or listen names, or run: icebox reload"}});
  }
  if (const auto refused = own_service_.look(now, rejected(appliance_, relay::Reject::kOwnService))) {
    log_.warn("own_service_refused",
              {{"refused", *refused},
               {"cure",
                "clients want to reach a program on this server's own address, such as an SFU; if they may, "
                "name its address and ports in relay.allow_peers"}});
  }
  if (const auto refused = server_quota_.look(now, rejected(appliance_, relay::Reject::kServerQuota))) {
    log_.warn("allocations_exhausted", {{"refused", *refused}, {"cure", "raise relay.allocations"}});
  }
}

void LoadWarnings::look_at_sources(base::TimePoint now) {
  const auto dropped = sum(appliance_, [](const Worker& worker) { return worker.kernel_drops().value(); });
  if (const auto lost = receive_drops_.look(now, dropped)) {
    log_.warn("receive_drops", {{"datagrams", *lost},
                                {"cure", "raise net.core.rmem_max to 8388608, or add cores and workers"}});
  }
  const auto limited = sum(appliance_, [](const Worker& worker) {
    return worker.counters().dropped[static_cast<size_t>(relay::Drop::kRateLimited)].value();
  });
  if (!rate_limited_.look(now, limited)) return;
  gather<Sources>(
      appliance_, [](Worker& worker) { return worker.server().take_refused_sources(); },
      [this](const std::vector<Sources>& of_workers) {
        for (const auto& source : most_refused(of_workers)) {
          log_.warn("unauthenticated_flood",
                    {{"source", source.source.to_string()},
                     {"refused", source.refusals},
                     {"cure", "block the source, or raise limits.unauthenticated_replies_per_second"}});
        }
      });
}

void LoadWarnings::look_at_proxies(base::TimePoint now) {
  uint64_t closed = 0;
  std::optional<net::ProxyFault> last;
  for (const auto& listener : appliance_.stream_listeners()) {
    const auto& fault = listener->last_proxy_fault();
    if (!fault) continue;
    closed += fault->times;
    if (!last || last->accepted_at < fault->accepted_at) last = fault;
  }
  const auto times = proxied_.look(now, closed);
  if (!times) return;
  log_.warn("proxied_connection_closed",
            {{"connections", *times}, {"source", last->source.to_string()}, {"reason", last->reason}});
}

void LoadWarnings::look_at_own_losses(base::TimePoint now) {
  if (const auto lost = events_lost_.look(now, sessions_.lost())) {
    log_.warn("session_events_lost", {{"events", *lost}});
  }
  if (const auto lost = lines_lost_.look(now, log_.lines_lost()))
    log_.warn("log_lines_lost", {{"lines", *lost}});
  const auto failures = appliance_.store().write_failures();
  if (const auto lost = writes_lost_.look(now, failures.count))
    log_.error("storage_write_failed", {{"writes", *lost}, {"text", failures.last}});
}

}  // namespace app
