// Messages between the clients of each pair, and what became of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "bench/generator/flow_tally.h"
#include "bench/generator/histogram.h"
#include "bench/generator/hub/wire.h"

namespace bench::generator::hub {

// Pure. A flow is what one client sends; its number is the client's.
class Letters {
 public:
  // `wire` outlives it.
  Letters(const Wire& wire, size_t clients, size_t payload_bytes);

  // The text of the client's message `sequence`; the view dies at the next call.
  [[nodiscard]] std::string_view write(uint32_t client, uint64_t sequence, base::TimePoint intended,
                                       std::optional<uint64_t> id);
  // Numbers from 0.
  [[nodiscard]] uint64_t next_sequence(uint32_t client) { return flows_[client].next_sequence++; }
  // `text` came to `client` as a message of the other.
  void count(uint32_t client, std::string_view text, base::TimePoint now);

  struct Sums {
    uint64_t delivered = 0;  // each message once
    uint64_t duplicates = 0;
    uint64_t reordered = 0;
    uint64_t misdelivered = 0;  // came out at a client that it was not for
    uint64_t corrupt = 0;       // not what was sent
  };
  [[nodiscard]] Sums sums() const;
  [[nodiscard]] uint64_t received() const { return received_; }        // messages of any kind
  [[nodiscard]] const Histogram& latency() const { return latency_; }  // intended sending to reading

 private:
  struct Flow {
    std::string head;
    uint64_t next_sequence = 0;
    FlowTally tally;
  };

  const Wire& wire_;
  std::string payload_;
  std::string text_;
  std::vector<Flow> flows_;
  uint64_t received_ = 0;
  uint64_t misdelivered_ = 0;
  uint64_t corrupt_ = 0;
  Histogram latency_;
};

}  // namespace bench::generator::hub
