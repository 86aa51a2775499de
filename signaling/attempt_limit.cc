#include "signaling/attempt_limit.h"

namespace signaling {

std::optional<std::chrono::seconds> AttemptLimit::count_try(base::TimePoint now, std::string_view key) {
  forget_old(now);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    Window& window = *found->second;
    if (window.tries >= limits_.tries) return std::chrono::ceil<std::chrono::seconds>(window.ends - now);
    ++window.tries;
    return std::nullopt;
  }
  if (by_key_.size() >= limits_.keys) {
    by_key_.erase(windows_.front().key);
    windows_.pop_front();
  }
  windows_.push_back({std::string(key), now + limits_.window, 1});
  by_key_.emplace(windows_.back().key, std::prev(windows_.end()));
  return std::nullopt;
}

std::optional<std::chrono::seconds> AttemptLimit::wait_of(base::TimePoint now, std::string_view key) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  const Window& window = *found->second;
  if (window.ends <= now || window.tries < limits_.tries) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(window.ends - now);
}

void AttemptLimit::forget_old(base::TimePoint now) {
  while (!windows_.empty() && windows_.front().ends <= now) {
    by_key_.erase(windows_.front().key);
    windows_.pop_front();
  }
}

}  // namespace signaling
