#include "bench/generator/hub/options.h"

namespace bench::generator::hub {
namespace {

constexpr uint32_t kMostSources = 200;

}  // namespace

std::string HubSite::problem(size_t clients) const {
  if (clients < 2 || clients % 2 != 0) return "clients: an even number, two to a pair";
  if (window < 1) return "window: at least one handshake";
  if (sources < 1 || sources > kMostSources) return "sources: from 1 to " + std::to_string(kMostSources);
  if (wire.dialect == Dialect::kIcebox && tokens.size() < clients)
    return "tokens: there are " + std::to_string(tokens.size()) + " for " + std::to_string(clients) +
           " clients; make more with: icebox_load hub-accounts";
  return {};
}

}  // namespace bench::generator::hub
