#include "net/round_pace.h"

#include <algorithm>

namespace net {
namespace {

// Long enough to count events in, short enough that the first pause comes early in a burst and none after it.
constexpr std::chrono::milliseconds kWindow{10};
// The kernel prolongs each sleep by up to its timer slack, which is as long (prctl(2), PR_SET_TIMERSLACK).
constexpr std::chrono::microseconds kShortestPause{50};

}  // namespace

std::chrono::nanoseconds RoundPace::pause_after(base::TimePoint began, base::TimePoint ended,
                                                uint32_t events) {
  window_events_ += events;
  if (ended - window_began_ >= kWindow) look_back(ended);
  const auto pause = between_rounds_ - (ended - began);
  return pause < kShortestPause ? pause.zero() : pause;
}

void RoundPace::look_back(base::TimePoint now) {
  const double seconds = std::chrono::duration<double>(now - window_began_).count();
  const double events_per_second = static_cast<double>(window_events_) / seconds;
  window_began_ = now;
  window_events_ = 0;
  between_rounds_ = {};
  if (events_per_second < options_.from_events_per_second) return;
  const std::chrono::duration<double> gathering(options_.events_per_round / events_per_second);
  between_rounds_ =
      std::min(options_.longest, std::chrono::duration_cast<std::chrono::nanoseconds>(gathering));
}

}  // namespace net
