// OpenSSL's view of a datagram socket that is not there. Internal to net.
#pragma once

#include <memory>
#include <utility>

#include "base/bytes.h"
#include "net/openssl_handles.h"

namespace net {

// Where a BIO takes datagrams from and hands them to. Outlives the BIO.
class DatagramPort {
 public:
  base::Bytes waiting;  // what the next read takes; empty: none
  virtual void send_datagram(base::Bytes datagram) = 0;
  // What OpenSSL takes for one datagram, off `waiting`; empty: none.
  virtual base::Bytes next_datagram() { return std::exchange(waiting, {}); }

 protected:
  ~DatagramPort() = default;
};

using BioMethodHandle = std::unique_ptr<BIO_METHOD, FreeWith<BIO_meth_free>>;

// One is enough for a thread's BIOs; it outlives them.
[[nodiscard]] BioMethodHandle make_datagram_bio_method();

// Reading takes `port.next_datagram()`, or asks for a retry; writing calls send_datagram() at once.
[[nodiscard]] BioHandle make_datagram_bio(const BIO_METHOD* method, DatagramPort& port);

}  // namespace net
