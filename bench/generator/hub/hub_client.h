// One WebSocket of a hub's client: from connecting to closing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"
#include "bench/generator/hub/client_frames.h"
#include "net/byte_queue.h"
#include "net/receive_buffer.h"
#include "net/unique_fd.h"

namespace bench::generator::hub {

// Non-blocking, for an edge-triggered poller: on_ready() reads and writes until the kernel has no more. One
// thread.
class HubClient {
 public:
  // A whole text message; the view dies with the call.
  using OnText = std::function<void(std::string_view text)>;

  // Begins to connect from `source` (an unspecified address: the kernel's choice) and to ask with `request`.
  // False: see error(). A connection that there was is gone.
  [[nodiscard]] bool open(const base::Endpoint& server, const base::IpAddress& source, std::string request);
  // `scratch`: kScratchBytes, for reading; not kept.
  void on_ready(base::MutableBytes scratch, const OnText& on_text);
  // Masks and sends; what the kernel does not take now follows with on_ready(). False: not open.
  bool send(std::string_view text);
  // As if the network had failed: the server gets RST, and what was under way is lost.
  void cut();

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] bool is_open() const { return state_ == State::kOpen; }  // the server has said 101
  [[nodiscard]] bool has_failed() const { return !error_.empty(); }
  [[nodiscard]] const std::string& error() const { return error_; }  // for a human

  static constexpr size_t kScratchBytes = 128 * 1024;

 private:
  enum class State : uint8_t { kNone, kConnecting, kUpgrading, kOpen };

  void flush();
  void read_available(base::MutableBytes scratch, const OnText& on_text);
  [[nodiscard]] size_t take(base::Bytes received, const OnText& on_text);  // octets done with
  [[nodiscard]] size_t take_answer(base::Bytes received);
  void handle(const ServerFrames::Message& message, const OnText& on_text);
  void fail(std::string why);

  net::UniqueFd socket_;
  State state_ = State::kNone;
  net::ReceiveBuffer unread_;
  net::ByteQueue unsent_;
  ServerFrames frames_;
  uint32_t mask_ = 0x9e3779b9;
  std::string error_;
};

}  // namespace bench::generator::hub
