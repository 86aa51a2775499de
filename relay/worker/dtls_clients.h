// TURN clients over DTLS of one worker (RFC 7350): records in, datagrams out.
#pragma once

#include <span>

#include "base/bytes.h"
#include "relay/five_tuple.h"

namespace relay::worker {

class DtlsClients {
 public:
  void send(const ClientPath& client, std::span<const base::Bytes> pieces) { (void)client, (void)pieces; }
};

}  // namespace relay::worker
