#include "relay/port_pool.h"

namespace relay {

PortPool::PortPool(uint16_t first_port, uint16_t last_port)
    : first_port_(first_port), taken_(size_t{last_port} - first_port + 1), free_(taken_.size()) {}

bool PortPool::is_free(uint32_t port) const {
  return port >= first_port_ && port - first_port_ < taken_.size() && !taken_[port - first_port_];
}

void PortPool::mark_taken(uint16_t port) {
  taken_[port - first_port_] = true;
  --free_;
}

std::optional<uint16_t> PortPool::take(base::TimePoint now, base::RandomSource& random, bool even,
                                       bool pair) {
  wake(now);
  if (free_ == 0) return std::nullopt;
  const size_t start = random.word<uint32_t>() % taken_.size();
  for (size_t i = 0; i < taken_.size(); ++i) {
    const uint32_t port = first_port_ + static_cast<uint32_t>((start + i) % taken_.size());
    if (!is_free(port) || ((even || pair) && port % 2 != 0) || (pair && !is_free(port + 1))) continue;
    mark_taken(static_cast<uint16_t>(port));
    if (pair) mark_taken(static_cast<uint16_t>(port + 1));
    return static_cast<uint16_t>(port);
  }
  return std::nullopt;
}

void PortPool::release(base::TimePoint now, uint16_t port) { resting_.push_back({now + kRest, port}); }

void PortPool::wake(base::TimePoint now) {
  while (!resting_.empty() && resting_.front().until <= now) {
    taken_[resting_.front().port - first_port_] = false;
    ++free_;
    resting_.pop_front();
  }
}

}  // namespace relay
