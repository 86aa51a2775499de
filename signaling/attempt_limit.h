// How often a secret may be guessed: a few tries in a window, then none until it ends.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace signaling {

struct AttemptLimits {
  unsigned tries = 5;
  std::chrono::seconds window{300};
  // Strangers choose the keys (source addresses): at the bound the oldest window is forgotten, which costs
  // whoever wants that more addresses than guessing with each of them would.
  size_t keys = 50'000;
};

// Tries by a key. A success does not refund: who owns one account must not buy guesses at others with it. Not
// for several threads.
class AttemptLimit {
 public:
  explicit AttemptLimit(const AttemptLimits& limits = {}) : limits_(limits) {}

  // nullopt: go ahead, this try is counted. Otherwise how long to wait, at least a second; nothing is
  // counted.
  [[nodiscard]] std::optional<std::chrono::seconds> count_try(base::TimePoint now, std::string_view key);
  // The same answer, and nothing is counted: for those who count only what went wrong, afterwards.
  [[nodiscard]] std::optional<std::chrono::seconds> wait_of(base::TimePoint now, std::string_view key) const;
  [[nodiscard]] size_t size() const { return by_key_.size(); }

 private:
  struct Window {
    std::string key;
    base::TimePoint ends;
    unsigned tries;
  };
  using Windows = std::list<Window>;
  void forget_old(base::TimePoint now);

  AttemptLimits limits_;
  Windows windows_;                                       // the one that ends first in front
  std::map<std::string_view, Windows::iterator> by_key_;  // the key is in the window
};

}  // namespace signaling
