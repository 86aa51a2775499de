#include "net/websocket_frames.h"

#include <sys/types.h>
#include <wslay/wslay.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <new>
#include <utility>

namespace net {
namespace {

constexpr size_t kIdleLoans = 4;  // few connections are inside a frame at a time
constexpr uint8_t kMaskBit = 0x80;
constexpr size_t kKeyBytes = 4;

struct FreeFrameContext {
  void operator()(wslay_frame_context* context) const { wslay_frame_context_free(context); }
};
using FrameContext = std::unique_ptr<wslay_frame_context, FreeFrameContext>;

FrameContext make_context(const wslay_frame_callbacks& callbacks, void* user) {
  wslay_frame_context* context = nullptr;
  if (wslay_frame_context_init(&context, &callbacks, user) != 0) throw std::bad_alloc();
  return FrameContext(context);
}

}  // namespace

struct WebSocketFramePool::Loan {
  FrameContext context;
  WebSocketFrameReader* reader = nullptr;  // who has it now: wslay ties its user to a context for life
};

struct WebSocketFramePool::Sender {
  FrameContext context;
  WebSocketHeader header{};
};

struct WslayCallbacks {
  static ssize_t receive(uint8_t* into, size_t room, int, void* loan) {
    auto& reader = *static_cast<WebSocketFramePool::Loan*>(loan)->reader;
    return static_cast<ssize_t>(reader.copy_for_wslay({into, room}));
  }
  // Keeps the header. The payload, which comes next, will be sent from where it lies.
  static ssize_t send(const uint8_t* data, size_t bytes, int, void* sender) {
    auto& header = static_cast<WebSocketFramePool::Sender*>(sender)->header;
    if (header.size == 0) {
      std::memcpy(header.octets.data(), data, bytes);
      header.size = bytes;
    }
    return static_cast<ssize_t>(bytes);
  }
};

WebSocketFramePool::WebSocketFramePool() : sender_(std::make_unique<Sender>()) {
  sender_->context = make_context({WslayCallbacks::send, nullptr, nullptr}, sender_.get());
}
WebSocketFramePool::~WebSocketFramePool() = default;

WebSocketHeader WebSocketFramePool::header_of(WebSocketOpcode opcode, base::Bytes payload) {
  sender_->header.size = 0;
  wslay_frame_iocb frame{.fin = 1,
                         .rsv = WSLAY_RSV_NONE,
                         .opcode = static_cast<uint8_t>(opcode),
                         .payload_length = payload.size(),
                         .mask = 0,
                         .data = payload.data(),
                         .data_length = payload.size()};
  const ssize_t sent = wslay_frame_send(sender_->context.get(), &frame);
  assert(sent == static_cast<ssize_t>(payload.size()));
  (void)sent;
  return sender_->header;
}

WebSocketFrameReader::WebSocketFrameReader(WebSocketFramePool& pool) : pool_(&pool) {}
WebSocketFrameReader::~WebSocketFrameReader() = default;  // a context inside a frame is of no use to others

std::expected<std::optional<WebSocketFramePart>, WebSocketFrameReader::Malformed> WebSocketFrameReader::next(
    base::Bytes& unread) {
  if (!loan_ && !collect_header(unread)) return std::nullopt;
  if (!loan_) begin_frame();
  const uint64_t before = copied_bytes_;
  unread_ = unread;
  wslay_frame_iocb part{};
  const ssize_t outcome = wslay_frame_recv(loan_->context.get(), &part);
  unread = std::exchange(unread_, {});
  if (outcome == WSLAY_ERR_WANT_READ) return std::nullopt;
  if (outcome < 0) return std::unexpected(Malformed{});
  const bool is_last = copied_bytes_ == payload_bytes_;
  if (is_last) end_frame();
  return WebSocketFramePart{.opcode = static_cast<WebSocketOpcode>(part.opcode),
                            .fin = part.fin != 0,
                            .reserved_bits = part.rsv,
                            .masked = is_masked(),
                            .payload_bytes = part.payload_length,
                            .data = {part.data, part.data_length},
                            .is_first = before == 0,
                            .is_last = is_last};
}

size_t WebSocketFrameReader::header_bytes() const {
  if (header_have_ < 2) return 2;
  const uint8_t length = header_[1] & ~kMaskBit;
  return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (is_masked() ? kKeyBytes : 0);
}

bool WebSocketFrameReader::collect_header(base::Bytes& unread) {
  while (header_have_ < header_bytes()) {
    const size_t taken = std::min(header_bytes() - header_have_, unread.size());
    if (taken == 0) return false;
    std::memcpy(header_.data() + header_have_, unread.data(), taken);
    header_have_ += static_cast<uint8_t>(taken);
    unread = unread.subspan(taken);
  }
  return true;
}

void WebSocketFrameReader::begin_frame() {
  if (pool_->idle_.empty()) {
    auto loan = std::make_unique<WebSocketFramePool::Loan>();
    loan->context = make_context({nullptr, WslayCallbacks::receive, nullptr}, loan.get());
    pool_->idle_.push_back(std::move(loan));
  }
  loan_ = std::move(pool_->idle_.back());
  pool_->idle_.pop_back();
  if (pool_->idle_.size() > kIdleLoans) pool_->idle_.resize(kIdleLoans);
  loan_->reader = this;
  const uint8_t length = header_[1] & ~kMaskBit;
  payload_bytes_ = length == 126   ? base::load_be16(header_.data() + 2)
                   : length == 127 ? base::load_be64(header_.data() + 2)
                                   : length;
  copied_bytes_ = 0;
  header_due_ = true;
}

void WebSocketFrameReader::end_frame() {
  header_have_ = 0;
  pool_->idle_.push_back(std::move(loan_));  // still holds what the caller is about to see
}

// wslay unmasks octet by octet, which costs more than all else it does: 1.9 us for 800 octets. So it is given
// each frame as if it had never been masked, header first; the copy that it asks for anyway takes the mask
// off in eights. It is never given octets of the next frame: between frames its context is empty.
size_t WebSocketFrameReader::copy_for_wslay(base::MutableBytes into) {
  if (std::exchange(header_due_, false)) {
    const size_t bytes = header_have_ - (is_masked() ? kKeyBytes : 0);
    std::memcpy(into.data(), header_.data(), bytes);
    into[1] &= static_cast<uint8_t>(~kMaskBit);
    return bytes;
  }
  const size_t bytes = std::min<uint64_t>({into.size(), unread_.size(), payload_bytes_ - copied_bytes_});
  if (bytes > 0) copy_unmasked(into.data(), bytes);
  copied_bytes_ += bytes;
  unread_ = unread_.subspan(bytes);
  return bytes;
}

void WebSocketFrameReader::copy_unmasked(uint8_t* into, size_t bytes) {
  if (!is_masked()) {
    std::memcpy(into, unread_.data(), bytes);
    return;
  }
  const uint8_t* const key = header_.data() + header_have_ - kKeyBytes;
  uint64_t mask = 0;  // the key twice, as it falls on the next octet
  for (size_t i = 0; i < sizeof mask; ++i) mask = mask << 8 | key[(copied_bytes_ + i) % kKeyBytes];
  size_t at = 0;
  for (; at + sizeof mask <= bytes; at += sizeof mask) {
    base::store_be64(into + at, base::load_be64(unread_.data() + at) ^ mask);
  }
  for (; at < bytes; ++at) {
    mask = std::rotl(mask, 8);
    into[at] = unread_[at] ^ static_cast<uint8_t>(mask);
  }
}

}  // namespace net
