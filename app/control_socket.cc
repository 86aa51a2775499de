#include "app/control_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

namespace app {
namespace {

constexpr size_t kLongestLine = 64 * 1024;
constexpr size_t kMostConnections = 32;
// How long nothing is accepted when even the spare descriptor is in use.
constexpr std::chrono::milliseconds kAcceptPause{100};

net::UniqueFd open_spare() { return net::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

std::optional<sockaddr_un> address_of(const std::filesystem::path& file) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto text = file.string();
  if (text.size() >= sizeof address.sun_path) return std::nullopt;
  text.copy(address.sun_path, text.size());
  return address;
}

bool connects(const sockaddr_un& address) {
  const net::UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::string too_long(const std::filesystem::path& file) {
  return file.string() + ": too long for a Unix socket (107 octets); choose a shorter data_dir";
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

// One request and its answer. An answer that does not fit the socket's buffer is written as the reader takes
// it.
class ControlSocket::Connection final : public net::FdHandler {
 public:
  Connection(ControlSocket& owner, uint64_t id, net::UniqueFd fd)
      : owner_(owner),
        id_(id),
        fd_(std::move(fd)),
        watch_(owner.loop_, fd_.get(), net::Events::kRead, *this) {}

  void on_ready(net::Events events) override {
    if (net::contains(events, net::Events::kWrite) && !answer_.empty()) return write();
    read();
  }

  void reply(std::string line) {
    answer_ = std::move(line) + "\n";
    watch_.set_events(net::Events::kWrite);
  }

 private:
  void read() {
    std::array<char, 4096> chunk;
    const auto got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0 || request_.size() + static_cast<size_t>(got) > kLongestLine) return end();
    request_.append(chunk.data(), static_cast<size_t>(got));
    const auto newline = request_.find('\n');
    if (newline == std::string::npos) return;
    watch_.set_events(net::Events::kNone);
    // The reply may come after this connection is gone: it holds no more than a number.
    owner_.handler_(request_.substr(0, newline), [&owner = owner_, id = id_](std::string line) {
      const auto at = owner.connections_.find(id);
      if (at != owner.connections_.end()) at->second->reply(std::move(line));
    });
  }

  void write() {
    const auto sent = ::send(fd_.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent <= 0) return end();
    answer_.erase(0, static_cast<size_t>(sent));
    if (answer_.empty()) end();
  }

  void end() { owner_.forget(id_); }  // destroys this

  ControlSocket& owner_;
  const uint64_t id_;
  net::UniqueFd fd_;
  std::string request_;
  std::string answer_;
  net::FdWatch watch_;
};

ControlSocket::ControlSocket(net::EventLoop& loop, net::UniqueFd fd, std::filesystem::path file,
                             ControlHandler handler)
    : loop_(loop),
      fd_(std::move(fd)),
      spare_(open_spare()),
      file_(std::move(file)),
      handler_(std::move(handler)),
      pause_(loop, [this] { watch_.set_events(net::Events::kRead); }),
      watch_(loop, fd_.get(), net::Events::kRead, *this) {}

ControlSocket::~ControlSocket() { ::unlink(file_.c_str()); }

std::expected<std::unique_ptr<ControlSocket>, std::string> ControlSocket::open(
    net::EventLoop& loop, const std::filesystem::path& directory, ControlHandler handler) {
  const auto file = directory / kControlSocket;
  const auto address = address_of(file);
  if (!address) return std::unexpected(too_long(file));
  if (connects(*address)) {
    return std::unexpected(file.string() +
                           ": another icebox runs on this data directory; stop it, or use --data");
  }
  ::unlink(file.c_str());
  net::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto before = ::umask(0177);
  const bool bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0;
  const int code = errno;
  ::umask(before);
  if (!bound || ::listen(fd.get(), 16) != 0) {
    return std::unexpected(file.string() + ": " + std::strerror(code) +
                           "; make data_dir writable, or use --data");
  }
  return std::unique_ptr<ControlSocket>(new ControlSocket(loop, std::move(fd), file, std::move(handler)));
}

net::UniqueFd ControlSocket::accept_one() {
  const auto take = [this] {
    return net::UniqueFd(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  };
  auto accepted = take();
  if (accepted || (errno != EMFILE && errno != ENFILE) || !spare_) return accepted;
  spare_.reset();
  return take();
}

void ControlSocket::on_ready(net::Events) {
  net::UniqueFd accepted = accept_one();
  if (!accepted && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
    // Who waits keeps the socket ready: without a pause the loop would spin on it.
    watch_.set_events(net::Events::kNone);
    pause_.arm(loop_.steady_now() + kAcceptPause);
  }
  if (!accepted || connections_.size() >= kMostConnections) return;
  const auto id = next_id_++;
  connections_.emplace(id, std::make_shared<Connection>(*this, id, std::move(accepted)));
}

void ControlSocket::forget(uint64_t id) {
  connections_.erase(id);
  if (!spare_) spare_ = open_spare();
}

std::expected<std::string, std::string> ask_server(const std::filesystem::path& directory,
                                                   const std::string& line) {
  const auto file = directory / kControlSocket;
  const auto address = address_of(file);
  if (!address) return std::unexpected(too_long(file));
  const net::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return std::unexpected(file.string() + ": " + std::strerror(errno) +
                           "; is icebox serve running on this data directory (--data, --config)?");
  }
  if (!write_all(fd.get(), line + "\n")) return std::unexpected(file.string() + ": " + std::strerror(errno));
  std::string answer;
  std::array<char, 4096> chunk;
  while (true) {
    const auto got = ::recv(fd.get(), chunk.data(), chunk.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    answer.append(chunk.data(), static_cast<size_t>(got));
  }
  if (answer.empty() || answer.back() != '\n')
    return std::unexpected("the server closed the control socket without an answer; see its log");
  answer.pop_back();
  return answer;
}

}  // namespace app
