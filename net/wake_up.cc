#include "net/wake_up.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "net/event_loop.h"

namespace net {
namespace {

int new_eventfd() {
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "wake-up: eventfd; raise LimitNOFILE");
  return fd;
}

}  // namespace

WakeUp::WakeUp(EventLoop& loop, std::function<void()> answer)
    : answer_(std::move(answer)), fd_(new_eventfd()), watch_(loop, fd_.get(), Events::kRead, *this) {}

void WakeUp::wake() const {
  const int saved = errno;  // a signal handler must not change it
  const uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(fd_.get(), &one, sizeof one);  // EAGAIN: already ringing
  errno = saved;
}

void WakeUp::on_ready(Events) {
  uint64_t rings = 0;
  [[maybe_unused]] const auto ignored = ::read(fd_.get(), &rings, sizeof rings);  // reading silences the bell
  answer_();
}

}  // namespace net
