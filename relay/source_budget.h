// How many answers an address that has no allocation may get: bounded memory, whoever asks.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.h"
#include "relay/bucket_rows.h"
#include "relay/refused_sources.h"

namespace relay {

// Answers a second and source, twice as many at once (a page that opens a few connections). Of IPv6 a source
// is a /64, and a /48 gets what base::kSourcesPerNetwork of them get. Not for several threads.
class SourceBudget {
 public:
  SourceBudget(base::HashSeed seed, uint32_t replies_per_second)
      : replies_per_second_(replies_per_second), sources_(seed, 8192), networks_(seed, 2048) {}

  [[nodiscard]] bool take(base::TimePoint now, const base::IpAddress& source);
  // Whether take() would succeed.
  [[nodiscard]] bool has(base::TimePoint now, const base::IpAddress& source);
  // Who was refused most since the last call.
  [[nodiscard]] std::vector<RefusedSource> take_refused() { return refused_.take(); }
  void change_rate(uint32_t replies_per_second) { replies_per_second_ = replies_per_second; }

 private:
  uint32_t replies_per_second_;  // 0 = no limit
  BucketRows sources_;
  BucketRows networks_;
  RefusedSources refused_;
};

// Two budgets for one limit, because an address in a UDP datagram may be forged: who has it must not fall
// silent for what others sent in its name. `proven` is for those who have heard from us under their address:
// over a stream or DTLS, or with a nonce of ours.
struct ReplyBudgets {
  SourceBudget forgeable;
  SourceBudget proven;

  [[nodiscard]] SourceBudget& of(bool is_proven) { return is_proven ? proven : forgeable; }
  void change_rate(uint32_t replies_per_second) {
    forgeable.change_rate(replies_per_second);
    proven.change_rate(replies_per_second);
  }
  [[nodiscard]] std::vector<RefusedSource> take_refused();
};

}  // namespace relay
