// Any bytes as the first datagram of a DTLS client: never a view outside the input, and the answer that asks
// for a cookie is never a ClientHello itself (two servers cannot be made to answer each other).
#include <vector>

#include "net/dtls_hello.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto hello = net::parse_dtls_client_hello({data, size});
  if (!hello) return 0;
  for (const auto view : {hello->record_sequence, hello->random, hello->cookie}) {
    if (view.data() < data || view.data() + view.size() > data + size) __builtin_trap();
  }
  if (hello->random.size() != 32 || hello->record_sequence.size() != 8) __builtin_trap();
  std::vector<uint8_t> buffer(net::kMaxHelloVerifyRequestBytes);
  const auto answer = net::write_hello_verify_request(*hello, hello->cookie, buffer);
  if (answer.size() > buffer.size() || net::parse_dtls_client_hello(answer)) __builtin_trap();
  return 0;
}
