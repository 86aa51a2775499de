// Who was refused what, and why, on its way into the log: one line each at debug, summed lines at info.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "app/log.h"
#include "app/refusal_sums.h"
#include "base/token_bucket.h"
#include "net/mailbox.h"
#include "net/timer.h"
#include "relay/session_observer.h"

namespace app {

// The lines that sums make, at most kLines and one for the rest. Pure.
[[nodiscard]] std::vector<std::vector<LogField>> lines_of(const RefusalSums::Taken& taken);

// Bounded in all it does: refusals beyond kPerSecond, and sums beyond kLines, are a number in the last line;
// texts that clients sent are cut. What may have been sent in another's name is counted by reason
// alone, with a budget of its own: it names nobody, and hides nobody who is named. Outlives who notes; dies
// before its loop.
class RefusalLog {
 public:
  static constexpr std::chrono::seconds kPeriod{10};
  static constexpr size_t kLines = 20;  // for each period
  static constexpr uint64_t kPerSecond = 500;
  static constexpr size_t kUserBytes = 64;
  static constexpr size_t kReasonBytes = 160;

  RefusalLog(net::EventLoop& loop, Log& log);

  // Any thread, both.
  void note(const relay::RefusedRequest& refused);
  void note(base::TimePoint now, Refusal refusal);
  // Writes what waits: at the end, when the loop does not run any more.
  void finish();

 private:
  // False: too many at once, and counted as such.
  [[nodiscard]] bool admit(base::TokenBucket& budget, base::TimePoint now);
  void pass_on(Refusal refusal);
  void receive(Refusal&& refusal);
  void tell();

  net::EventLoop& loop_;
  Log& log_;
  std::mutex mutex_;  // of the budgets
  base::TokenBucket budget_;
  base::TokenBucket forgeable_budget_;
  std::atomic<uint64_t> passed_over_ = 0;
  RefusalSums sums_;
  RefusalSums forgeable_sums_;
  net::Timer timer_;
  net::Mailbox<Refusal> mailbox_;
};

}  // namespace app
