// Any first octets, in any parts: the answer never changes once it is given, and comes within its limit. The
// same of the ClientHello that may follow.
#include <cstdint>

#include "net/sniffer.h"
#include "net/tls_hello.h"

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

void check_hello(base::Bytes bytes) {
  net::TlsHello settled = net::TlsHello::kNeedMore;
  const size_t step = bytes.size() / 512 + 1;
  for (size_t seen = 0; seen <= bytes.size(); seen += step) {
    const auto answer = net::find_tls_hello(bytes.first(seen));
    if (settled != net::TlsHello::kNeedMore && answer != settled) __builtin_trap();
    if (seen >= net::kLongestTlsHello && answer == net::TlsHello::kNeedMore) __builtin_trap();
    settled = answer;
  }
  (void)net::ends_with_whole_record(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check({data, size}, net::Wrapping::kNone);
  check({data, size}, net::Wrapping::kTls);
  check_hello({data, size});
  return 0;
}
