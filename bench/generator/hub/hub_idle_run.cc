#include "bench/generator/hub/hub_idle_run.h"

#include "bench/generator/hub/crowd.h"
#include "net/system_clock.h"

namespace bench::generator::hub {
namespace {

constexpr std::chrono::minutes kAttachWithin{5};
constexpr uint32_t kFirstPair = 2;

base::TimePoint now() { return net::read_clocks().steady; }

}  // namespace

std::expected<HubIdleResult, std::string> run_hub_idle(const HubSite& site, const HubIdleOptions& options) {
  if (auto problem = site.problem(options.clients); !problem.empty())
    return std::unexpected(std::move(problem));
  Crowd crowd(site, options.clients);
  const auto ignore = [](uint32_t, const Heard&, std::string_view) {};
  const auto give_up = now() + kAttachWithin;
  if (auto first = crowd.attach(0, kFirstPair, give_up, ignore); !first)
    return std::unexpected(first.error());
  const Watch attach(site.watched);
  const auto clients = static_cast<uint32_t>(options.clients);
  if (auto all = crowd.attach(kFirstPair, clients, give_up, ignore); !all)
    return std::unexpected(all.error());
  HubIdleResult result{.attach = attach.finish()};
  const auto start = now();
  const Watch holding(site.watched);
  while (now() < start + options.hold) crowd.advance(std::chrono::milliseconds(100), ignore);
  result.held = now() - start;
  result.holding = holding.finish();
  result.clients = crowd.attached() - kFirstPair;
  result.disconnected = crowd.disconnected();
  result.first_error = crowd.first_error();
  result.attaching = crowd.attaching();
  return result;
}

}  // namespace bench::generator::hub
