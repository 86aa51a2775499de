// What the record headers of a datagram say, before OpenSSL sees it. Internal to DtlsServer.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace net {

// Of the first record, which begins with a whole header: no more than there is.
[[nodiscard]] size_t dtls_record_bytes(base::Bytes datagram);

struct DtlsRecords {
  base::Bytes readable;   // the datagram up to the first record that OpenSSL must not be shown
  size_t count = 0;       // records in it
  size_t encrypted = 0;   // of those
  bool has_data = false;  // encrypted application data among them
};

// A record that is cut off, empty, or encrypted and shorter than `shortest_encrypted_bytes`, is nobody's. Of
// the last kind OpenSSL 3.0 makes a fatal error where RFC 6347 §4.1.2.7 wants silence: whoever knows a
// client's address could end its association by one forged datagram.
[[nodiscard]] DtlsRecords look_at_dtls_records(base::Bytes datagram, size_t shortest_encrypted_bytes);

}  // namespace net
