#include "net/datagram_bio.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace net {
namespace {

DatagramPort& port_of(BIO* bio) { return *static_cast<DatagramPort*>(BIO_get_data(bio)); }

int read_datagram(BIO* bio, char* to, int bytes) {
  BIO_clear_retry_flags(bio);
  const auto datagram = port_of(bio).next_datagram();
  if (datagram.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto taken = std::min(datagram.size(), static_cast<size_t>(bytes));  // as recv() cuts
  std::memcpy(to, datagram.data(), taken);
  return static_cast<int>(taken);
}

int write_datagram(BIO* bio, const char* from, int bytes) {
  BIO_clear_retry_flags(bio);
  port_of(bio).send_datagram(base::as_bytes({from, static_cast<size_t>(bytes)}));
  return bytes;
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

}  // namespace

BioMethodHandle make_datagram_bio_method() {
  BioMethodHandle method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "datagram port"));
  if (!method) throw std::bad_alloc();
  BIO_meth_set_read(method.get(), read_datagram);
  BIO_meth_set_write(method.get(), write_datagram);
  BIO_meth_set_ctrl(method.get(), control);
  return method;
}

BioHandle make_datagram_bio(const BIO_METHOD* method, DatagramPort& port) {
  BioHandle bio(BIO_new(method));
  if (!bio) throw std::bad_alloc();
  BIO_set_data(bio.get(), &port);
  BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace net
