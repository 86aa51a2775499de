#include "net/system_random.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace net {
namespace {

void fill_from_kernel(base::MutableBytes bytes) {
  while (!bytes.empty()) {
    const auto got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno != EINTR) std::abort();  // guessable secrets would be worse than no server
    if (got > 0) bytes = bytes.subspan(static_cast<size_t>(got));
  }
}

}  // namespace

void SystemRandom::fill(base::MutableBytes bytes) {
  if (bytes.size() > buffer_.size()) return fill_from_kernel(bytes);
  if (bytes.size() > left_) {
    fill_from_kernel(buffer_);
    left_ = buffer_.size();
  }
  const auto from = base::MutableBytes(buffer_).last(left_).first(bytes.size());
  std::ranges::copy(from, bytes.begin());
  std::ranges::fill(from, uint8_t{0});
  left_ -= bytes.size();
}

}  // namespace net
