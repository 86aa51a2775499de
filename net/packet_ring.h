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
// kMaxPayloadBytes each, in order. No locks; slots become real memory when first used. A packet longer than
// kSlotPayloadBytes takes as many slots in a row as it needs. Larger payloads and a full ring refuse the
// packet: like any queue on a packet's way, it drops.
//
// The producer pushes a batch and then calls flush(), once: that rings the consumer's bell if it may be
// asleep, and costs a fence if not. Dies before the consumer's loop and after the producer's last call.
template <typename Header>
class PacketRing {
  static_assert(std::is_trivially_copyable_v<Header> && std::is_standard_layout_v<Header>);

 public:
  static constexpr size_t kMaxPayloadBytes = 65535;  // no UDP datagram and no frame of a stream has more
  static constexpr size_t kSlotPayloadBytes = 2048;
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
    size_t tail = tail_.load(std::memory_order_relaxed);
    const size_t slots = slots_for(payload.size());
    // A packet is in one piece: if it would run past the end, the slots that are left there are skipped.
    const size_t left = mask_ + 1 - (tail & mask_);
    const size_t skipped = slots > left ? left : 0;
    if (payload.size() > kMaxPayloadBytes || !has_room(tail, skipped + slots)) {
      dropped_.add();
      return false;
    }
    if (skipped > 0) {
      unpoison(memory_of(tail, 1));
      slot_at(tail).slots = static_cast<uint32_t>(skipped);
      slot_at(tail).is_packet = false;
      tail += skipped;
    }
    unpoison(memory_of(tail, slots));
    Slot& slot = slot_at(tail);
    slot.header = header;
    slot.slots = static_cast<uint32_t>(slots);
    slot.is_packet = true;
    slot.payload_bytes = static_cast<uint32_t>(payload.size());
    if (!payload.empty()) std::memcpy(payload_of(tail), payload.data(), payload.size());
    tail_.store(tail + slots, std::memory_order_release);
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
    uint32_t slots;  // of this packet, or to be skipped
    bool is_packet;
    uint32_t payload_bytes;
    uint8_t headroom[kHeadroomBytes];
    uint8_t payload[kSlotPayloadBytes];  // and on through the packet's other slots
  };

  // A payload may also lie where further slots would have their headers.
  static size_t slots_for(size_t payload_bytes) {
    if (payload_bytes <= kSlotPayloadBytes) return 1;
    return 1 + (payload_bytes - kSlotPayloadBytes + sizeof(Slot) - 1) / sizeof(Slot);
  }

  base::MutableBytes memory_of(size_t index, size_t slots) {
    return {memory_.data() + (index & mask_) * sizeof(Slot), slots * sizeof(Slot)};
  }
  Slot& slot_at(size_t index) { return *reinterpret_cast<Slot*>(memory_of(index, 1).data()); }
  uint8_t* payload_of(size_t index) { return memory_of(index, 1).data() + offsetof(Slot, payload); }

  bool has_room(size_t tail, size_t slots) {
    if (tail + slots - known_head_ <= mask_ + 1) return true;
    known_head_ = head_.load(std::memory_order_acquire);
    return tail + slots - known_head_ <= mask_ + 1;
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
    const size_t tail = tail_.load(std::memory_order_acquire);
    size_t at = head;
    size_t packets = 0;
    for (; at != tail && packets < kPacketsPerRound; at += slot_at(at).slots) {
      Slot& slot = slot_at(at);
      if (!slot.is_packet) continue;
      receive_(slot.header, {payload_of(at), slot.payload_bytes});
      ++packets;
    }
    if (packets > 0) end_of_batch_();
    for (size_t done = head; done != at;) {
      const size_t slots = slot_at(done).slots;
      poison(memory_of(done, slots));
      done += slots;
    }
    head_.store(at, std::memory_order_release);
    return at != tail;
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
