// What relaying over WebSocket costs at least: takes what a client of PeerJS's wire sends off its socket and
// writes it, unread, to the client's pair. One recv and one send a message, and icebox's pace; nothing is
// checked, looked up or kept. For bench/compare_hub.sh, on loopback: hub_floor PORT
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "app/signaling_pace.h"
#include "net/round_pace.h"
#include "net/system_clock.h"
#include "net/unique_fd.h"

namespace {

constexpr size_t kScratchBytes = 128 * 1024;
constexpr size_t kMaskBytes = 4;
constexpr uint8_t kFinalText = 0x81, kLongLength = 126;

struct Client {
  net::UniqueFd socket;
  bool is_open = false;
  std::string request;
  size_t number = 0;  // clients 2k and 2k+1 are a pair
};

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Every message is small and every client reads: what a socket does not take at once is a failure of the run.
void write_all(const Client& client, std::string_view octets) {
  if (::send(client.socket.get(), octets.data(), octets.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(octets.size()))
    fail("a client does not take what is sent to it");
}

// From `prefix` to `end`, as generators of our own write them.
std::string_view between(std::string_view text, std::string_view prefix, std::string_view end) {
  const size_t at = text.find(prefix);
  if (at == std::string_view::npos)
    throw std::runtime_error("a request without '" + std::string(prefix) + "'");
  text.remove_prefix(at + prefix.size());
  return text.substr(0, text.find(end));
}

std::string acceptance(std::string_view key) {  // RFC 6455 §4.2.2
  const std::string salted = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<uint8_t, 20> digest;
  EVP_Digest(salted.data(), salted.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::array<uint8_t, 32> text;
  const int length = EVP_EncodeBlock(text.data(), digest.data(), digest.size());
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Accept: " +
         std::string(text.begin(), text.begin() + length) + "\r\n\r\n";
}

class Floor {
 public:
  explicit Floor(uint16_t port) : listener_(::socket(AF_INET, SOCK_STREAM, 0)), epoll_(::epoll_create1(0)) {
    const int on = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      fail("bind");
    if (::listen(listener_.get(), SOMAXCONN) != 0) fail("listen");
    watch(listener_.get(), nullptr);
  }

  [[noreturn]] void run() {
    net::RoundPace pace(app::kSignalingPace);  // as the server it is held against
    for (;;) {
      const auto began = net::read_steady_clock();
      const int ready = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), -1);
      for (int i = 0; i < ready; ++i) {
        auto* const client = static_cast<Client*>(events_[static_cast<size_t>(i)].data.ptr);
        client ? read(*client) : accept();
      }
      const auto pause =
          pace.pause_after(began, net::read_steady_clock(), static_cast<uint32_t>(std::max(0, ready)));
      if (pause > pause.zero()) std::this_thread::sleep_for(pause);
    }
  }

 private:
  void watch(int fd, Client* client) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = client}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }

  void accept() {
    net::UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK));
    if (!socket) return;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients_.push_back(std::make_unique<Client>(std::move(socket)));
    watch(clients_.back()->socket.get(), clients_.back().get());
  }

  void read(Client& client) {
    const ssize_t got = ::recv(client.socket.get(), scratch_.data(), scratch_.size(), 0);
    if (got <= 0) return client.socket.reset();  // the run is over
    const std::span<uint8_t> octets(scratch_.data(), static_cast<size_t>(got));
    client.is_open ? forward(client, octets) : open(client, octets);
  }

  void open(Client& client, std::span<const uint8_t> octets) {
    client.request.append(octets.begin(), octets.end());
    if (!client.request.ends_with("\r\n\r\n")) return;
    const auto number = between(client.request, "id=load-", "&");
    std::from_chars(number.data(), number.data() + number.size(), client.number);
    if (by_number_.size() <= (client.number | 1)) by_number_.resize((client.number | 1) + 1);
    by_number_[client.number] = &client;
    client.is_open = true;
    write_all(client, acceptance(between(client.request, "Sec-WebSocket-Key: ", "\r\n")));
    constexpr std::string_view kOpen = R"({"type":"OPEN"})";
    write_all(client, std::string{static_cast<char>(kFinalText), static_cast<char>(kOpen.size())} += kOpen);
  }

  // Whole frames of 126 octets to 64 KiB, unmasked in place; the header of 4 octets stays, without the mask
  // bit.
  void forward(const Client& client, std::span<uint8_t> octets) {
    const Client* const other = by_number_[client.number ^ 1];
    while (!octets.empty()) {
      if (octets.size() < 8 || octets[0] != kFinalText || (octets[1] & 0x7f) != kLongLength) return;
      const size_t length = size_t{octets[2]} << 8 | octets[3];
      const size_t whole = 4 + kMaskBytes + length;
      if (octets.size() < whole) throw std::runtime_error("a message came in pieces");
      unmask(octets.subspan(4, kMaskBytes + length));
      std::memmove(octets.data() + kMaskBytes, octets.data(), 4);
      octets[kMaskBytes + 1] = kLongLength;
      if (other) write_all(*other, {reinterpret_cast<const char*>(octets.data()) + kMaskBytes, 4 + length});
      octets = octets.subspan(whole);
    }
  }

  static void unmask(std::span<uint8_t> mask_and_payload) {
    std::array<uint8_t, kMaskBytes> mask;
    std::memcpy(mask.data(), mask_and_payload.data(), kMaskBytes);
    const auto payload = mask_and_payload.subspan(kMaskBytes);
    for (size_t i = 0; i < payload.size(); ++i) payload[i] ^= mask[i % kMaskBytes];
  }

  net::UniqueFd listener_, epoll_;
  std::array<epoll_event, 512> events_{};
  std::vector<uint8_t> scratch_ = std::vector<uint8_t>(kScratchBytes);
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<Client*> by_number_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw std::runtime_error("usage: hub_floor PORT");
  Floor(static_cast<uint16_t>(std::atoi(argv[1]))).run();
} catch (const std::exception& error) {
  std::cerr << "hub_floor: " << error.what() << '\n';
  return 1;
}
