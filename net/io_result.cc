#include "net/io_result.h"

#include <sys/socket.h>

#include <cerrno>

namespace net {

IoResult read_socket(int socket, base::MutableBytes into) {
  ssize_t got = 0;
  do {
    got = ::recv(socket, into.data(), into.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) return {static_cast<size_t>(got), IoStatus::kOk};
  if (got == 0) return {0, IoStatus::kEnd};
  return {0, errno == EAGAIN || errno == EWOULDBLOCK ? IoStatus::kWantRead : IoStatus::kReset};
}

IoResult write_socket(int socket, base::Bytes bytes) {
  ssize_t sent = 0;
  do {
    sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {static_cast<size_t>(sent), IoStatus::kOk};
  return {0, errno == EAGAIN || errno == EWOULDBLOCK ? IoStatus::kWantWrite : IoStatus::kReset};
}

}  // namespace net
