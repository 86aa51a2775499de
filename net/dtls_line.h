// Datagrams of DTLS handshakes that wait for a turn in which there is time for them. Internal to DtlsServer.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "net/dtls_path.h"

namespace net {

// First in, first out, and short: who comes when it is full sends again. What costs a signature or a key
// agreement takes a place in a turn or waits here. Pure.
class DtlsLine {
 public:
  static constexpr size_t kMostWaiting = 64;
  // Longer is no part of an honest handshake, in which we ask for no certificate.
  static constexpr size_t kMostBytes = 1500;

  struct Waiting {
    DtlsPath path;
    std::vector<uint8_t> datagram;
  };

  explicit DtlsLine(size_t per_turn) : per_turn_(per_turn) {}

  void begin_turn() { left_ = per_turn_; }
  // Whether a datagram may be handled at once: then it has had its place in this turn.
  [[nodiscard]] bool take_place() {
    if (left_ == 0 || !waiting_.empty()) return false;
    --left_;
    return true;
  }
  // False: there is no room for it.
  [[nodiscard]] bool wait(const DtlsPath& path, base::Bytes datagram) {
    if (waiting_.size() >= kMostWaiting || datagram.size() > kMostBytes) return false;
    waiting_.push_back({path, {datagram.begin(), datagram.end()}});
    return true;
  }
  // The next that has a place in this turn.
  [[nodiscard]] std::optional<Waiting> next() {
    if (left_ == 0 || waiting_.empty()) return std::nullopt;
    --left_;
    std::optional<Waiting> first(std::move(waiting_.front()));
    waiting_.pop_front();
    return first;
  }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

 private:
  const size_t per_turn_;
  size_t left_ = per_turn_;
  std::deque<Waiting> waiting_;
};

}  // namespace net
