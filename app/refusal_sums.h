// Refusals added up by who, from where and why, in bounded memory. Pure; for relay, HTTP and hub alike.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace app {

// What was refused to whom. `key` is of static lifetime.
struct Refusal {
  std::string who;     // user, peer, account: as far as it is known; may be empty
  std::string client;  // IP address; empty where anybody may have sent it in that name
  std::string reason;
  uint32_t code = 0;     // of STUN or HTTP
  std::string_view key;  // of the configuration, that says how much is allowed; empty: none does

  auto operator<=>(const Refusal&) const = default;
};

struct RefusalSum {
  Refusal refusal;
  uint64_t times = 0;  // at least so many

  bool operator==(const RefusalSum&) const = default;
};

// Misra and Gries' frequent elements: whoever makes up more than one in kDifferent + 1 is in the list,
// however many others come once each under made-up names. One thread.
class RefusalSums {
 public:
  static constexpr size_t kDifferent = 128;

  struct Taken {
    std::vector<RefusalSum> sums;  // the most frequent first
    uint64_t others = 0;           // refusals that are in none of them
  };

  void add(Refusal refusal);
  [[nodiscard]] bool empty() const { return all_ == 0; }
  // What came since the last call.
  [[nodiscard]] Taken take();

 private:
  std::map<Refusal, uint64_t> times_;
  uint64_t all_ = 0;
};

}  // namespace app
