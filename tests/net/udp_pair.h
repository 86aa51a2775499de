// Loopback sockets for tests, and waiting for them without sleeping.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "net/udp_receive_batch.h"
#include "net/udp_socket.h"

namespace net::testing {

inline base::Endpoint endpoint(std::string_view text) { return *base::Endpoint::parse(text); }
inline base::IpAddress ip(std::string_view text) { return *base::IpAddress::parse(text); }

inline UdpSocket open_udp(std::string_view local, const UdpOptions& options = {}) {
  auto socket = UdpSocket::open(endpoint(local), options);
  if (!socket) ADD_FAILURE() << socket.error().text;
  return socket ? std::move(*socket) : UdpSocket();
}

// Until `fd` is ready or five seconds have passed.
inline bool wait_for(int fd, short events = POLLIN) {
  pollfd waiting{.fd = fd, .events = events, .revents = 0};
  return poll(&waiting, 1, 5000) == 1;
}

struct Heard {
  base::Endpoint from;
  base::IpAddress to;
  std::string text;
};

// The next `count` datagrams, in order.
inline std::vector<Heard> hear(const UdpSocket& socket, size_t count) {
  UdpReceiveBatch batch;
  std::vector<Heard> heard;
  while (heard.size() < count && wait_for(socket.fd())) {
    for (const auto& datagram : batch.receive(socket))
      heard.push_back({datagram.from, datagram.to, std::string(base::as_text(datagram.data))});
  }
  return heard;
}

inline std::vector<std::string> texts(const std::vector<Heard>& heard) {
  std::vector<std::string> out;
  for (const auto& one : heard) out.push_back(one.text);
  return out;
}

}  // namespace net::testing
