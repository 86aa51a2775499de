#include "net/dtls_records.h"

#include <algorithm>

namespace net {
namespace {

constexpr size_t kHeaderBytes = 13;  // RFC 6347 §4.1: type, version, epoch, sequence number, length
constexpr size_t kEpochAt = 3;
constexpr size_t kLengthAt = 11;
constexpr uint8_t kApplicationData = 23;

}  // namespace

size_t dtls_record_bytes(base::Bytes datagram) {
  if (datagram.size() < kHeaderBytes) return datagram.size();
  return std::min(datagram.size(), kHeaderBytes + base::load_be16(datagram.data() + kLengthAt));
}

DtlsRecords look_at_dtls_records(base::Bytes datagram, size_t shortest_encrypted_bytes) {
  DtlsRecords records;
  size_t at = 0;
  while (datagram.size() - at >= kHeaderBytes) {
    const uint8_t* const header = datagram.data() + at;
    const bool encrypted = base::load_be16(header + kEpochAt) != 0;
    const size_t bytes = base::load_be16(header + kLengthAt);
    if (bytes == 0 || bytes > datagram.size() - at - kHeaderBytes) break;
    if (encrypted && bytes < shortest_encrypted_bytes) break;
    at += kHeaderBytes + bytes;
    ++records.count;
    records.encrypted += encrypted;
    records.has_data |= encrypted && header[0] == kApplicationData;
  }
  records.readable = datagram.first(at);
  return records;
}

}  // namespace net
