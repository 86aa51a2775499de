// Bursts of one flow's packets, each burst one system call and each packet a datagram of its own.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "bench/generator/flow.h"

namespace bench::generator {

// Never GSO: the receiver shall meet single datagrams, as from many browsers. No allocation after
// construction. One thread.
class BurstSender {
 public:
  BurstSender(uint32_t burst, size_t payload_bytes);

  // Sends the next packets of `flow`, whose number is `index`. The number of packets that the kernel refused.
  uint32_t send(Flow& flow, uint32_t index, base::TimePoint intended);

 private:
  std::vector<std::vector<uint8_t>> payloads_;
  std::vector<std::array<iovec, 2>> pieces_;  // header, payload
  std::vector<mmsghdr> messages_;
};

}  // namespace bench::generator
