// The payload of a test packet: who sent it, which one it is, when it should have left; then a known filling.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"

namespace bench::generator {

struct Stamp {
  uint32_t flow = 0;
  uint64_t sequence = 0;
  base::TimePoint intended;  // when the schedule wanted it sent, not when it was: delays of the sender count
};

inline constexpr size_t kStampBytes = 24;

// `payload` has kStampBytes or more. The filling is written once; stamping leaves it alone.
void fill_payload(base::MutableBytes payload);
void write_stamp(base::MutableBytes payload, const Stamp& stamp);
// nullopt: not one of ours, or an octet of the filling has changed. Does not look at the length.
[[nodiscard]] std::optional<Stamp> read_stamp(base::Bytes payload);

}  // namespace bench::generator
