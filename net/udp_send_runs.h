// Sorts the datagrams of one batch into runs, one per socket, in constant time each. Internal to
// UdpSendBatch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace net {

// Datagrams that one sendmmsg can send: a linked list through UdpSendRuns::next().
struct UdpSendRun {
  int fd = -1;
  bool dont_fragment_v4 = false;  // IPv4 has no control message for DF: it is a socket option around the run
  uint32_t first = 0;
  uint32_t last = 0;
};

class UdpSendRuns {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  explicit UdpSendRuns(size_t datagrams);

  // Appends datagram `index` to the run of its socket. Packets arrive mostly in order, so that the last run
  // usually is the one; else a small hash table finds it.
  void append(uint32_t index, int fd, bool dont_fragment_v4);
  [[nodiscard]] std::span<const UdpSendRun> runs() const { return runs_; }  // by first datagram
  [[nodiscard]] uint32_t next(uint32_t index) const { return next_[index]; }
  void clear();

 private:
  [[nodiscard]] bool is_run(uint32_t run, int fd, bool dont_fragment_v4) const;
  uint32_t find_or_start(int fd, bool dont_fragment_v4);
  [[nodiscard]] size_t bucket_of(int fd, bool dont_fragment_v4) const;

  std::vector<UdpSendRun> runs_;
  std::vector<uint32_t> buckets_;  // run number or kNone; a power of two, at most half full
  std::vector<uint32_t> next_;     // by datagram
  uint32_t latest_ = kNone;        // the run appended to last
};

}  // namespace net
