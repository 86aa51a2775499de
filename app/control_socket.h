// The control socket DIR/control.sock: one line of JSON in, one line out. Whoever may open it is an operator,
// so its mode is 0600.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "net/event_loop.h"
#include "net/fd_watch.h"
#include "net/timer.h"
#include "net/unique_fd.h"

namespace app {

inline constexpr const char* kControlSocket = "control.sock";

// Answers a request line; `reply` may be called later, once, on the loop's thread.
using ControlReply = std::function<void(std::string line)>;
using ControlHandler = std::function<void(const std::string& line, ControlReply reply)>;

// The server's end. Loop's thread only.
class ControlSocket final : private net::FdHandler {
 public:
  // Takes over a stale socket file; the error says that another icebox runs on this data directory.
  [[nodiscard]] static std::expected<std::unique_ptr<ControlSocket>, std::string> open(
      net::EventLoop& loop, const std::filesystem::path& directory, ControlHandler handler);
  ~ControlSocket();

 private:
  class Connection;
  ControlSocket(net::EventLoop& loop, net::UniqueFd fd, std::filesystem::path file, ControlHandler handler);
  void on_ready(net::Events events) override;
  [[nodiscard]] net::UniqueFd accept_one();
  void forget(uint64_t id);

  net::EventLoop& loop_;
  net::UniqueFd fd_;
  net::UniqueFd spare_;  // given up for one operator when the process has no other descriptor left
  const std::filesystem::path file_;
  const ControlHandler handler_;
  uint64_t next_id_ = 0;
  std::map<uint64_t, std::shared_ptr<Connection>> connections_;
  net::Timer pause_;
  net::FdWatch watch_;
};

// The command line's end: sends one line, waits for the answer. The error names the directory and the cure.
[[nodiscard]] std::expected<std::string, std::string> ask_server(const std::filesystem::path& directory,
                                                                 const std::string& line);

}  // namespace app
