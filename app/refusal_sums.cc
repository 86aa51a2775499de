#include "app/refusal_sums.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace app {

void RefusalSums::add(Refusal refusal) {
  ++all_;
  if (const auto at = times_.find(refusal); at != times_.end()) {
    ++at->second;
  } else if (times_.size() < kDifferent) {
    times_.emplace(std::move(refusal), 1);
  } else {
    for (auto& entry : times_) --entry.second;
    std::erase_if(times_, [](const auto& entry) { return entry.second == 0; });
  }
}

RefusalSums::Taken RefusalSums::take() {
  Taken taken{.sums = {}, .others = std::exchange(all_, 0)};
  for (auto& [refusal, times] : std::exchange(times_, {})) {
    taken.others -= times;
    taken.sums.push_back({refusal, times});
  }
  std::ranges::sort(taken.sums, [](const RefusalSum& a, const RefusalSum& b) {
    return a.times != b.times ? a.times > b.times : a.refusal < b.refusal;
  });
  return taken;
}

}  // namespace app
