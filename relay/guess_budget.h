// How many passwords an address may try: bounded memory, whoever guesses.
#pragma once

#include "base/address.h"
#include "relay/bucket_rows.h"
#include "stun/integrity.h"

namespace relay {

// Counts requests with a fresh nonce whose integrity was wrong, of one source for one name, and for all its
// names together kNames times as many: a REST secret can be guessed under any name. Of IPv6 a source is a
// /64, and a /48 has base::kSourcesPerNetwork times as many. Without budget no integrity is computed. A
// minute's worth may come at once. Not for several threads; 576 KiB.
class GuessBudget {
 public:
  static constexpr uint64_t kNames = 20;

  GuessBudget(base::HashSeed seed, uint32_t per_minute)
      : per_minute_(per_minute), names_(seed, 8192), sources_(seed, 8192), networks_(seed, 2048) {}

  // `name` is the hash of the prepared name, as in USERHASH: one name has one budget, however it is written.
  [[nodiscard]] bool has(base::TimePoint now, const base::IpAddress& source, const stun::Sha256Digest& name);
  void count(base::TimePoint now, const base::IpAddress& source, const stun::Sha256Digest& name);
  void change_rate(uint32_t per_minute) { per_minute_ = per_minute; }

 private:
  // A guess costs sixty tokens, so that guesses a minute are tokens a second.
  [[nodiscard]] BucketRate rate_of(uint64_t factor) const {
    return {60, per_minute_ * factor, 60 * per_minute_ * factor};
  }

  uint64_t per_minute_;  // 0: no limit
  BucketRows names_;
  BucketRows sources_;
  BucketRows networks_;
};

}  // namespace relay
