// Three DTLS clients whose datagrams come mixed, joined, reordered, repeated, damaged and under each other's
// addresses, several to a batch: what the server gives its handler is what that client sent, once, and is
// still that when the batch ends; each client is sent its own; and no association ends by it. The input is
// instructions of two octets, of which some take more.
#include <array>
#include <chrono>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/dtls_server.h"
#include "tests/net/dtls_client.h"

namespace {

using net::testing::DtlsClient;

constexpr size_t kClients = 3;

base::Endpoint at(std::string_view text) { return base::Endpoint::parse(text).value(); }

void require(bool holds) {
  if (!holds) __builtin_trap();
}

net::DtlsContext make_context() {
  const auto certificate = net::Certificate::make_self_signed(
      {.common_name = "turn.example.org",
       .more_dns_names = {},
       .addresses = {},
       .valid_for = std::chrono::days(30),
       .now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())});
  return net::DtlsContext::create(*certificate).value();
}

// What waits for the end of the batch: the view, and what it showed at first.
struct Waiting {
  base::Bytes view;
  std::string meant;
};

struct Peer {
  net::DtlsPath path;
  DtlsClient client;
  DtlsClient::Datagram last;             // delivered
  std::set<std::string> said, told;      // to the server and not yet given to its handler; to the client
  std::vector<Waiting> data, datagrams;  // until the end of the batch
};

class Scene final : private net::DtlsHandler {
 public:
  Scene() {
    for (size_t i = 0; i < kClients; ++i) {
      peers_[i].path = {at("198.51.100." + std::to_string(i + 1) + ":4000"), at("192.0.2.1:3478"), 7};
      connect(peers_[i]);
    }
  }

  // Takes what it needs of `input` behind the two octets.
  void play(uint8_t kind, uint8_t value, base::Bytes& input) {
    auto& peer = peers_[(kind >> 3) % kClients];
    auto& sent = peer.client.sent;
    switch (kind & 7) {
      case 0:
        return say(peer, value);
      case 1:
        return join(sent);
      case 2:
        return sent.empty() ? void() : deliver(peer, peer.path, take(sent));
      case 3:
        return sent.empty() ? void() : deliver(peer, peer.path, damaged(take(sent), value, input));
      case 4:
        return sent.empty() ? void() : sent.push_back(take(sent));
      case 5:  // repeated, or copied by somebody else
        return deliver(peer, peers_[value % kClients].path, DtlsClient::Datagram(peer.last));
      case 6:
        return tell(peer, value);
      default:
        return value % 4 == 0 ? end_batch() : value % 4 == 1 ? server_.begin_turn() : server_.go_on({});
    }
  }

  void end() {
    while (server_.has_unfinished()) server_.go_on({});
    end_batch();
  }

 private:
  void connect(Peer& peer) {
    bool done = peer.client.handshake();
    for (int round = 0; round < 10 && !done; ++round) {
      server_.begin_turn();
      while (!peer.client.sent.empty()) server_.handle_datagram({}, peer.path, take(peer.client.sent));
      for (const auto& datagram : std::exchange(peer.datagrams, {}))
        done = peer.client.input(base::as_bytes(datagram.meant));
      server_.end_batch();
    }
    require(done);
    is_connected_ = &peer == &peers_.back();
  }

  static DtlsClient::Datagram take(std::deque<DtlsClient::Datagram>& sent) {
    auto first = std::move(sent.front());
    sent.pop_front();
    return first;
  }
  static void join(std::deque<DtlsClient::Datagram>& sent) {
    DtlsClient::Datagram joined;
    for (const auto& datagram : sent) joined.insert(joined.end(), datagram.begin(), datagram.end());
    if (!sent.empty()) sent = {joined};
  }
  static DtlsClient::Datagram damaged(DtlsClient::Datagram datagram, uint8_t value, base::Bytes& input) {
    for (; value > 0 && input.size() >= 3; --value, input = input.subspan(3))
      datagram[base::load_be16(input.data()) % datagram.size()] ^= input[2];
    if (!input.empty()) datagram.resize(datagram.size() - std::min<size_t>(datagram.size(), input[0] / 8));
    return datagram;
  }
  // No two are alike: whose it is, its number, and what the handler shall do with it.
  std::string new_text(char what, uint8_t octets) {
    auto text = std::to_string(++numbers_) + what;
    text.resize(text.size() + octets, '.');
    return text;
  }
  void say(Peer& peer, uint8_t value) {
    peer.client.write(*peer.said.insert(new_text("-?!"[value % 3], value)).first);
  }
  void tell(Peer& peer, uint8_t value) {
    const auto text = new_text('>', value);
    const std::array<base::Bytes, 2> pieces{base::as_bytes(text).first(1), base::as_bytes(text).subspan(1)};
    peer.told.insert(text);
    server_.send(peer.path, pieces);
  }
  void deliver(Peer& from, const net::DtlsPath& path, DtlsClient::Datagram datagram) {
    server_.handle_datagram({}, path, datagram);
    if (!datagram.empty()) from.last = datagram;
    std::ranges::fill(datagram, uint8_t{0xdd});  // nobody may look at it any more
  }

  Peer& at_path(const net::DtlsPath& path) {
    for (auto& peer : peers_) {
      if (peer.path.client == path.client) return peer;
    }
    __builtin_trap();
  }
  void end_batch() {
    flush();
    server_.end_batch();
  }
  void flush() {
    for (auto& peer : peers_) {
      for (const auto& [view, meant] : std::exchange(peer.data, {})) require(base::as_text(view) == meant);
      for (const auto& [view, meant] : std::exchange(peer.datagrams, {})) {
        require(base::as_text(view) == meant);
        const auto heard = peer.client.read(view);
        require(heard.empty() || peer.told.erase(heard) == 1);
      }
    }
  }

  void on_dtls_send(const net::DtlsPath& path, base::Bytes datagram) override {
    at_path(path).datagrams.push_back({datagram, std::string(base::as_text(datagram))});
  }
  void on_dtls_data(const net::DtlsPath& path, base::MutableBytes bytes) override {
    auto& peer = at_path(path);
    const std::string text(base::as_text(bytes));
    require(peer.said.erase(text) == 1);
    const auto what = text[text.find_first_not_of("0123456789")];
    if (what == '-') return;  // nobody waits for it
    peer.data.push_back({bytes, text});
    if (what == '?') tell(peer, 20);
    if (what == '!') tell(peers_[text.size() % kClients], 40);
    require(base::as_text(bytes) == text);
  }
  void on_dtls_buffers_lent() override {
    if (is_connected_) flush();
  }
  bool is_in_use(const net::DtlsPath&) override { return false; }
  void on_dtls_closed(const net::DtlsPath&) override { __builtin_trap(); }  // nobody has said goodbye

  static const net::DtlsContext& context() {
    static const auto made = make_context();
    return made;
  }

  size_t numbers_ = 0;
  bool is_connected_ = false;
  std::array<Peer, kClients> peers_;
  net::DtlsServer server_{{}, context(), {}, *this};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Scene scene;
  for (base::Bytes input(data, size); input.size() >= 2;) {
    const uint8_t kind = input[0], value = input[1];
    input = input.subspan(2);
    scene.play(kind, value, input);
  }
  scene.end();
  return 0;
}
