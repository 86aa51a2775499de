#include "net/tls_hello.h"

#include <algorithm>
#include <array>

namespace net {
namespace {

constexpr size_t kRecordHeaderBytes = 5;
constexpr size_t kMessageHeaderBytes = 4;
constexpr uint8_t kHandshakeRecord = 22;
constexpr uint8_t kClientHello = 1;

// The message's own header, which may itself come in several records.
struct MessageHeader {
  std::array<uint8_t, kMessageHeaderBytes> octets{};
  size_t have = 0;

  void take(base::Bytes payload) {
    const auto part = payload.first(std::min(payload.size(), octets.size() - have));
    std::ranges::copy(part, octets.begin() + static_cast<ptrdiff_t>(have));
    have += part.size();
  }
  [[nodiscard]] bool is_hello_so_far() const { return have == 0 || octets[0] == kClientHello; }
  [[nodiscard]] size_t message_bytes() const {
    return kMessageHeaderBytes + (size_t{octets[1]} << 16 | size_t{octets[2]} << 8 | octets[3]);
  }
};

TlsHello so_far(size_t bytes) { return bytes < kLongestTlsHello ? TlsHello::kNeedMore : TlsHello::kNone; }

}  // namespace

TlsHello find_tls_hello(base::Bytes bytes) {
  MessageHeader header;
  size_t payload_bytes = 0;
  for (base::Bytes rest = bytes; !rest.empty();) {
    if (rest[0] != kHandshakeRecord || (rest.size() > 1 && rest[1] != 3)) return TlsHello::kNone;
    if (rest.size() < kRecordHeaderBytes) break;
    const size_t length = base::load_be16(rest.data() + 3);
    if (length == 0) return TlsHello::kNone;  // RFC 8446 §5.1
    const auto payload = rest.subspan(kRecordHeaderBytes, std::min(length, rest.size() - kRecordHeaderBytes));
    header.take(payload);
    payload_bytes += payload.size();
    if (!header.is_hello_so_far()) return TlsHello::kNone;
    if (header.have == kMessageHeaderBytes) {
      if (header.message_bytes() > kLongestTlsHello) return TlsHello::kNone;
      // OpenSSL takes whole records only.
      if (payload.size() == length && payload_bytes >= header.message_bytes()) return TlsHello::kWhole;
    }
    rest = rest.subspan(kRecordHeaderBytes + payload.size());
  }
  return so_far(bytes.size());
}

bool ends_with_whole_record(base::Bytes bytes) {
  while (bytes.size() >= kRecordHeaderBytes) {
    const size_t record_bytes = kRecordHeaderBytes + base::load_be16(bytes.data() + 3);
    if (record_bytes > bytes.size()) return false;
    bytes = bytes.subspan(record_bytes);
  }
  return bytes.empty();
}

}  // namespace net
