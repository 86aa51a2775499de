#include "net/udp_send_runs.h"

#include <bit>

namespace net {

UdpSendRuns::UdpSendRuns(size_t datagrams)
    : buckets_(std::bit_ceil(2 * datagrams), kNone), next_(datagrams, kNone) {
  runs_.reserve(datagrams);
}

bool UdpSendRuns::is_run(uint32_t run, int fd, bool dont_fragment_v4) const {
  return runs_[run].fd == fd && runs_[run].dont_fragment_v4 == dont_fragment_v4;
}

// Descriptors are small numbers that strangers cannot choose: they are their own hash.
size_t UdpSendRuns::bucket_of(int fd, bool dont_fragment_v4) const {
  return (2 * static_cast<size_t>(fd) + dont_fragment_v4) & (buckets_.size() - 1);
}

uint32_t UdpSendRuns::find_or_start(int fd, bool dont_fragment_v4) {
  if (latest_ != kNone && is_run(latest_, fd, dont_fragment_v4)) return latest_;
  size_t bucket = bucket_of(fd, dont_fragment_v4);
  while (buckets_[bucket] != kNone && !is_run(buckets_[bucket], fd, dont_fragment_v4))
    bucket = (bucket + 1) & (buckets_.size() - 1);
  if (buckets_[bucket] == kNone) {
    buckets_[bucket] = static_cast<uint32_t>(runs_.size());
    runs_.push_back({.fd = fd, .dont_fragment_v4 = dont_fragment_v4, .first = kNone, .last = kNone});
  }
  return buckets_[bucket];
}

void UdpSendRuns::append(uint32_t index, int fd, bool dont_fragment_v4) {
  latest_ = find_or_start(fd, dont_fragment_v4);
  auto& run = runs_[latest_];
  if (run.first == kNone) {
    run.first = index;
  } else {
    next_[run.last] = index;
  }
  run.last = index;
  next_[index] = kNone;
}

void UdpSendRuns::clear() {
  for (const auto& run : runs_) {  // emptying whole probe chains at once: order does not matter
    size_t bucket = bucket_of(run.fd, run.dont_fragment_v4);
    while (buckets_[bucket] != kNone) {
      buckets_[bucket] = kNone;
      bucket = (bucket + 1) & (buckets_.size() - 1);
    }
  }
  runs_.clear();
  latest_ = kNone;
}

}  // namespace net
