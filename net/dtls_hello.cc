#include "net/dtls_hello.h"

#include <algorithm>

namespace net {
namespace {

using base::Bytes;

constexpr uint8_t kHandshakeRecord = 22;
constexpr uint8_t kClientHello = 1;
constexpr uint8_t kHelloVerifyRequest = 3;
constexpr uint8_t kDtlsMajorVersion = 254;
constexpr uint16_t kDtls10 = 0xfeff;
constexpr size_t kRecordHeaderBytes = 13;  // type, version, epoch, sequence, length (RFC 6347 §4.1)
constexpr size_t kHandshakeHeaderBytes =
    12;  // type, length, message number, fragment offset and length (§4.2.2)
constexpr size_t kVersionBytes = 2;

uint32_t load_be24(const uint8_t* from) { return uint32_t{from[0]} << 16 | base::load_be16(from + 1); }

void store_be24(uint8_t* to, size_t value) {
  to[0] = static_cast<uint8_t>(value >> 16);
  base::store_be16(to + 1, static_cast<uint16_t>(value));
}

// Takes the `bytes` first octets off `rest`; an empty result and an emptied `rest` if there are not so many.
Bytes take(Bytes& rest, size_t bytes) {
  if (bytes > rest.size()) return rest = {};
  const auto taken = rest.first(bytes);
  rest = rest.subspan(bytes);
  return taken;
}

bool is_plaintext_handshake(Bytes header) {
  return header[0] == kHandshakeRecord && header[1] == kDtlsMajorVersion && base::load_be16(&header[3]) == 0;
}

bool is_whole_client_hello(Bytes header, size_t body_bytes) {
  const auto length = load_be24(&header[1]);
  return header[0] == kClientHello && load_be24(&header[6]) == 0 && load_be24(&header[9]) == length &&
         length <= body_bytes;
}

}  // namespace

std::optional<DtlsClientHello> parse_dtls_client_hello(Bytes datagram) {
  Bytes rest = datagram;
  const auto record = take(rest, kRecordHeaderBytes);
  if (record.empty() || !is_plaintext_handshake(record)) return std::nullopt;
  rest = take(rest, base::load_be16(&record[11]));
  const auto handshake = take(rest, kHandshakeHeaderBytes);
  if (handshake.empty() || !is_whole_client_hello(handshake, rest.size())) return std::nullopt;
  take(rest, kVersionBytes);
  DtlsClientHello hello{
      .record_sequence = record.subspan(3, 8), .random = take(rest, kDtlsRandomBytes), .cookie = {}};
  if (rest.empty()) return std::nullopt;
  const size_t session_id_bytes = take(rest, 1)[0];
  take(rest, session_id_bytes);
  if (rest.empty() || rest[0] >= rest.size()) return std::nullopt;
  hello.cookie = rest.subspan(1, rest[0]);
  return hello;
}

Bytes write_hello_verify_request(const DtlsClientHello& hello, Bytes cookie, base::MutableBytes buffer) {
  const size_t body_bytes = kVersionBytes + 1 + cookie.size();
  const size_t total_bytes = kRecordHeaderBytes + kHandshakeHeaderBytes + body_bytes;
  uint8_t* const record = buffer.data();
  record[0] = kHandshakeRecord;
  base::store_be16(record + 1, kDtls10);  // whatever is negotiated later (§4.2.1)
  std::ranges::copy(hello.record_sequence, record + 3);
  base::store_be16(record + 11, static_cast<uint16_t>(kHandshakeHeaderBytes + body_bytes));

  uint8_t* const handshake = record + kRecordHeaderBytes;
  handshake[0] = kHelloVerifyRequest;
  store_be24(handshake + 1, body_bytes);
  base::store_be16(handshake + 4, 0);
  store_be24(handshake + 6, 0);
  store_be24(handshake + 9, body_bytes);

  uint8_t* const body = handshake + kHandshakeHeaderBytes;
  base::store_be16(body, kDtls10);
  body[kVersionBytes] = static_cast<uint8_t>(cookie.size());
  std::ranges::copy(cookie, body + kVersionBytes + 1);
  return buffer.first(total_bytes);
}

}  // namespace net
