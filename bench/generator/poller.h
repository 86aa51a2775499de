// Which of many sockets have something to read: epoll without a handler per socket.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "net/unique_fd.h"

namespace bench::generator {

// Level-triggered, but for add_edges(). A closed descriptor leaves by itself. One thread.
class Poller {
 public:
  Poller();  // throws std::system_error if the kernel has no descriptor to give, as add() does

  void add(int fd, uint32_t tag);
  // Told once each time that it becomes readable or writable: whoever is told reads and writes until EAGAIN.
  void add_edges(int fd, uint32_t tag);

  // The tags of sockets that can be read now, or within `timeout`; the span lives until the next wait(). A
  // zero timeout asks only.
  [[nodiscard]] std::span<const uint32_t> wait(std::chrono::milliseconds timeout);

 private:
  static constexpr size_t kReadyAtOnce = 256;

  void add(int fd, uint32_t tag, uint32_t events);

  net::UniqueFd epoll_;
  std::vector<epoll_event> events_;
  std::vector<uint32_t> tags_;
};

}  // namespace bench::generator
