#include "bench/generator/options.h"

#include "bench/generator/stamp.h"

namespace bench::generator {
namespace {

// Permissions last five minutes, allocations ten (RFC 8656 §3.2, §9), and a run refreshes neither.
constexpr std::chrono::minutes kLongestRun{4};
constexpr size_t kLongestPayload = 1400;
constexpr uint32_t kLongestBurst = 64;

}  // namespace

std::string RelayOptions::problem() const {
  if (payload_bytes < kStampBytes || payload_bytes > kLongestPayload)
    return "payload: from " + std::to_string(kStampBytes) + " to " + std::to_string(kLongestPayload) +
           " octets";
  if (indications && payload_bytes % 4 != 0) return "payload: a multiple of four with indications";
  if (burst < 1 || burst > kLongestBurst) return "burst: from 1 to " + std::to_string(kLongestBurst);
  if (packets_per_second < 1) return "rate: at least one packet a second";
  if (warm_up + duration > kLongestRun)
    return "duration: at most four minutes, because nothing is refreshed meanwhile";
  if (allocations < 1 || peers < 1) return "allocations and peers: at least one";
  if (path == Path::kPaired && allocations % 2 != 0) return "allocations: an even number, two to a pair";
  if (path == Path::kDirect && indications) return "indications: not on the direct path";
  return {};
}

}  // namespace bench::generator
