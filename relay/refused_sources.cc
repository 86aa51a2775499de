#include "relay/refused_sources.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace relay {

void RefusedSources::add(const base::IpAddress& source) {
  RefusedSource* free = nullptr;
  for (auto& slot : slots_) {
    if (slot.refusals == 0) {
      free = &slot;
    } else if (slot.source == source) {
      ++slot.refusals;
      return;
    }
  }
  if (free) {
    *free = {source, 1};
    return;
  }
  for (auto& slot : slots_) --slot.refusals;
}

std::vector<RefusedSource> RefusedSources::take() {
  std::vector<RefusedSource> taken;
  std::ranges::copy_if(slots_, std::back_inserter(taken), [](const auto& slot) { return slot.refusals > 0; });
  std::ranges::sort(taken, std::greater(), &RefusedSource::refusals);
  slots_ = {};
  return taken;
}

}  // namespace relay
