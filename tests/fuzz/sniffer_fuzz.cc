// Any first octets, in any parts: the answer never changes once it is given, and comes within its limit.
#include <cstdint>

#include "net/sniffer.h"

namespace {

void check(base::Bytes bytes, net::Wrapping wrapping) {
  net::FirstBytes settled = net::FirstBytes::kNeedMore;
  for (size_t seen = 0; seen <= bytes.size() && seen <= 64; ++seen) {
    const auto answer = net::sniff(bytes.first(seen), wrapping);
    if (settled != net::FirstBytes::kNeedMore && answer != settled) __builtin_trap();
    if (seen >= net::kSniffBytes && answer == net::FirstBytes::kNeedMore) __builtin_trap();
    settled = answer;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check({data, size}, net::Wrapping::kNone);
  check({data, size}, net::Wrapping::kTls);
  return 0;
}
