#include "relay/port_pool.h"

#include <algorithm>
#include <utility>

namespace relay {

PortPool::PortPool(uint16_t first_port, uint16_t last_port)
    : first_port_(first_port), states_(size_t{last_port} - first_port + 1), free_(states_.size()) {}

bool PortPool::is_free(uint32_t port) const {
  return port >= first_port_ && port - first_port_ < states_.size() &&
         states_[port - first_port_] == State::kFree;
}

void PortPool::mark_taken(uint16_t port) {
  if (std::exchange(state_of(port), State::kTaken) == State::kFree) {
    --free_;
  } else {
    resting_.erase(std::ranges::find(resting_, port, &Resting::port));
  }
}

std::optional<uint16_t> PortPool::take(base::TimePoint now, base::RandomSource& random, bool even,
                                       bool pair) {
  expire(now);
  if (free_ == 0) return std::nullopt;
  const size_t start = random.word<uint32_t>() % states_.size();
  for (size_t i = 0; i < states_.size(); ++i) {
    const uint32_t port = first_port_ + static_cast<uint32_t>((start + i) % states_.size());
    if (!is_free(port) || ((even || pair) && port % 2 != 0) || (pair && !is_free(port + 1))) continue;
    mark_taken(static_cast<uint16_t>(port));
    if (pair) mark_taken(static_cast<uint16_t>(port + 1));
    return static_cast<uint16_t>(port);
  }
  return std::nullopt;
}

std::optional<PortPool::Candidate> PortPool::rested_longest(bool even, bool pair) const {
  std::vector<bool> passed(pair ? states_.size() : 0);  // resting, and for longer than the one looked at
  for (size_t i = 0; i < resting_.size(); ++i) {
    const uint16_t port = resting_[i].port;
    if (!pair) {
      if (even && port % 2 != 0) continue;
      return Candidate{port, i};
    }
    const uint32_t other = port ^ 1u;
    const bool in_range = other >= first_port_ && other - first_port_ < states_.size();
    if (in_range && (is_free(other) || passed[other - first_port_])) {
      return Candidate{static_cast<uint16_t>(port & ~1u), i};
    }
    passed[port - first_port_] = true;
  }
  return std::nullopt;
}

std::optional<uint16_t> PortPool::take_resting(bool even, bool pair) {
  const auto candidate = rested_longest(even, pair);
  if (!candidate) return std::nullopt;
  mark_taken(candidate->port);
  if (pair) mark_taken(static_cast<uint16_t>(candidate->port + 1));
  return candidate->port;
}

std::optional<base::TimePoint> PortPool::resting_since(bool even, bool pair) const {
  const auto candidate = rested_longest(even, pair);
  return candidate ? std::optional(resting_[candidate->youngest].since) : std::nullopt;
}

void PortPool::release(base::TimePoint now, uint16_t port, SharedPlace place) {
  state_of(port) = State::kResting;
  resting_.push_back({now, port, std::move(place)});
}

void PortPool::avoid(base::TimePoint now, uint16_t port) { avoided_.push_back({now, port, nullptr}); }

void PortPool::put_back(uint16_t port) {
  state_of(port) = State::kFree;
  ++free_;
}

void PortPool::expire(base::TimePoint now) {
  expire(resting_, now);
  expire(avoided_, now);
}

void PortPool::expire(std::deque<Resting>& resting, base::TimePoint now) {
  while (!resting.empty() && resting.front().since + kRest <= now) {
    put_back(resting.front().port);
    resting.pop_front();
  }
}

}  // namespace relay
