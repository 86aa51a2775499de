// Data indications (RFC 8656 §11.4, §11.6): what a peer sent, for a client without a channel to it.
#pragma once

#include "base/address.h"
#include "base/bytes.h"
#include "base/random.h"

namespace relay {

inline constexpr size_t kMaxDataIndicationHeaderBytes = 20 + 4 + 20 + 4;
// The length field counts the attributes in 16 bits; over IPv6 the largest datagram would overflow it.
inline constexpr size_t kMaxDataIndicationPayloadBytes = 65532 - (kMaxDataIndicationHeaderBytes - 20);

// Writes everything in front of the payload into `scratch`; payload and padding to four follow it on the
// wire. The transaction id of an indication means nothing to anybody: the allocation's own count of packets,
// which tells nothing of other clients, and not a random number (RFC 8489 §6 asks for unpredictable ids of
// requests, which an answer could be forged to).
[[nodiscard]] base::Bytes write_data_indication_header(base::MutableBytes scratch, const base::Endpoint& peer,
                                                       size_t payload_bytes, uint64_t count);

}  // namespace relay
