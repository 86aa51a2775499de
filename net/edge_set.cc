#include "net/edge_set.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "net/event_loop.h"

namespace net {
namespace {

constexpr uint32_t kEnds = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
// Enough to wait for the memory of all at once, few enough that all of it is still near when its turn comes.
constexpr size_t kFetchedTogether = 16;

Events to_events(uint32_t told) {
  return (told & (EPOLLIN | kEnds) ? Events::kRead : Events::kNone) |
         (told & (EPOLLOUT | EPOLLHUP | EPOLLERR) ? Events::kWrite : Events::kNone) |
         (told & kEnds ? Events::kEnd : Events::kNone);
}

EdgeHandler* handler_of(const epoll_event& event) { return static_cast<EdgeHandler*>(event.data.ptr); }

// True as long as any of the chains goes on.
bool fetch_ahead(std::span<const epoll_event> events, unsigned step) {
  bool goes_on = false;
  for (const auto& event : events) {
    const EdgeHandler* const handler = handler_of(event);
    if (handler && handler->fetch_ahead(step)) goes_on = true;
  }
  return goes_on;
}

}  // namespace

EdgeSet::EdgeSet(EventLoop& loop) : loop_(loop), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "event loop: no epoll descriptor");
  watch_ = FdWatch(loop, epoll_.get(), Events::kRead, *this);
}

bool EdgeSet::add(int fd, EdgeHandler& handler) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &handler}};
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EdgeSet::remove(int fd, const EdgeHandler& handler) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  for (auto& event : to_tell_)
    if (handler_of(event) == &handler) event.data.ptr = nullptr;
}

void EdgeSet::on_ready(Events) {
  const int count = ::epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()), 0);
  to_tell_ = std::span(ready_).first(static_cast<size_t>(std::max(0, count)));
  loop_.count_events(static_cast<uint32_t>(to_tell_.size()));
  while (!to_tell_.empty()) {
    const auto together = to_tell_.first(std::min(kFetchedTogether, to_tell_.size()));
    for (unsigned step = 0; together.size() > 1 && fetch_ahead(together, step); ++step) {
    }
    for (size_t left = together.size(); left > 0; --left) tell_next();
  }
}

void EdgeSet::tell_next() {
  const epoll_event& event = to_tell_.front();
  to_tell_ = to_tell_.subspan(1);  // first: what is removed from now on is looked for behind it
  if (EdgeHandler* const handler = handler_of(event)) handler->on_ready(to_events(event.events));
}

}  // namespace net
