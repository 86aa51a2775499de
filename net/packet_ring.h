// Packets from one worker to another: hairpin traffic between two relayed addresses of this process.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <type_traits>
#include <utility>

#include "base/bytes.h"
#include "base/cache_line.h"
#include "base/counter.h"
#include "net/mapped_memory.h"
#include "net/poison.h"
#include "net/wake_up.h"

namespace net {

// A ring of slots between exactly one producing and one consuming thread: a Header (plain data) and up to
// kMaxPayloadBytes each, in order. No locks; slots become real memory when first used. Larger payloads and a
// full ring refuse the packet: like any queue on a packet's way, it drops.
//
// The producer pushes a batch and then calls flush(), once: that rings the consumer's bell if it may be
// asleep, and costs a fence if not. Dies before the consumer's loop and after the producer's last call.
template <typename Header>
class PacketRing {
  static_assert(std::is_trivially_copyable_v<Header>);

 public:
  static constexpr size_t kMaxPayloadBytes = 2048;
  // Free octets before each payload in the consumer's hands: room for a ChannelData or a Data indication
  // header.
  static constexpr size_t kHeadroomBytes = 64;
  // Packets handled before the consumer's other sockets get their turn.
  static constexpr size_t kPacketsPerRound = 256;

  using Receive = std::function<void(const Header&, base::MutableBytes payload)>;

  // `receive` runs on `consumer`'s thread; its payload may be changed, headroom and all, and is valid until
  // `end_of_batch` returns: the moment to flush what was to be sent. `slots` is rounded up to a power of two.
  PacketRing(EventLoop& consumer, size_t slots, Receive receive, std::function<void()> end_of_batch)
      : mask_(std::bit_ceil(slots) - 1),
        memory_((mask_ + 1) * sizeof(Slot)),
        receive_(std::move(receive)),
        end_of_batch_(std::move(end_of_batch)),
        wake_up_(consumer, [this] { consume(); }) {}

  // Producer. Copies the packet in; false if it is too large or the ring is full.
  [[nodiscard]] bool push(const Header& header, base::Bytes payload) {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    if (payload.size() > kMaxPayloadBytes || is_full(tail)) {
      dropped_.add();
      return false;
    }
    Slot& slot = slot_at(tail);
    unpoison(slot.space());
    slot.header = header;
    slot.payload_bytes = static_cast<uint32_t>(payload.size());
    if (!payload.empty()) std::memcpy(slot.payload, payload.data(), payload.size());
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Producer. Wakes the consumer for what was pushed since the last flush.
  void flush() {
    // Either this exchange sees the consumer's `asleep_`, or the consumer's look at tail_ after it sees our
    // push.
    if (asleep_.exchange(false, std::memory_order_seq_cst)) wake_up_.wake();
  }

  // Packets refused so far. Any thread.
  [[nodiscard]] uint64_t dropped() const { return dropped_.value(); }

 private:
  struct Slot {
    Header header;
    uint32_t payload_bytes;
    uint8_t headroom[kHeadroomBytes];
    uint8_t payload[kMaxPayloadBytes];

    base::MutableBytes space() { return {headroom, sizeof headroom + sizeof payload}; }
  };

  Slot& slot_at(size_t index) { return reinterpret_cast<Slot*>(memory_.data())[index & mask_]; }

  bool is_full(size_t tail) {
    if (tail - known_head_ <= mask_) return false;
    known_head_ = head_.load(std::memory_order_acquire);
    return tail - known_head_ > mask_;
  }

  void consume() {
    if (consume_round()) return wake_up_.wake();  // more waits: come back after the others
    asleep_.exchange(true, std::memory_order_seq_cst);
    if (tail_.load(std::memory_order_acquire) == head_.load(std::memory_order_relaxed)) return;
    if (asleep_.exchange(false, std::memory_order_seq_cst)) wake_up_.wake();  // came in between
  }

  // True if packets are left.
  bool consume_round() {
    const size_t head = head_.load(std::memory_order_relaxed);
    const size_t waiting = tail_.load(std::memory_order_acquire) - head;
    const size_t taken = waiting < kPacketsPerRound ? waiting : kPacketsPerRound;
    for (size_t i = 0; i < taken; ++i) {
      Slot& slot = slot_at(head + i);
      receive_(slot.header, {slot.payload, slot.payload_bytes});
    }
    if (taken > 0) end_of_batch_();
    for (size_t i = 0; i < taken; ++i) poison(slot_at(head + i).space());
    head_.store(head + taken, std::memory_order_release);
    return waiting > taken;
  }

  const size_t mask_;
  const MappedMemory memory_;
  const Receive receive_;
  const std::function<void()> end_of_batch_;
  alignas(base::kCacheLineBytes) std::atomic<size_t> head_ = 0;  // written by the consumer
  alignas(base::kCacheLineBytes) std::atomic<size_t> tail_ =
      0;  // written by the producer, as are the next two
  size_t known_head_ = 0;
  base::Counter dropped_;
  alignas(base::kCacheLineBytes) std::atomic<bool> asleep_ = true;
  WakeUp wake_up_;  // last: leaves the loop first
};

}  // namespace net
