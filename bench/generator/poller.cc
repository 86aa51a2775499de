#include "bench/generator/poller.h"

#include <cerrno>
#include <system_error>

namespace bench::generator {

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)), events_(kReadyAtOnce), tags_(kReadyAtOnce) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

void Poller::add(int fd, uint32_t tag) { add(fd, tag, EPOLLIN); }

void Poller::add_edges(int fd, uint32_t tag) { add(fd, tag, EPOLLIN | EPOLLOUT | EPOLLET); }

void Poller::add(int fd, uint32_t tag, uint32_t events) {
  epoll_event event{.events = events, .data = {.u32 = tag}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

std::span<const uint32_t> Poller::wait(std::chrono::milliseconds timeout) {
  const int got = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                             static_cast<int>(timeout.count()));
  const auto ready = got > 0 ? static_cast<size_t>(got) : size_t{0};
  for (size_t i = 0; i < ready; ++i) tags_[i] = events_[i].data.u32;
  return std::span(tags_).first(ready);
}

}  // namespace bench::generator
