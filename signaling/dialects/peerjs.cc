#include "signaling/dialects/peerjs.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/json_text.h"
#include "net/stream_group.h"
#include "signaling/dialects/peerjs_client.h"
#include "signaling/dialects/uuid.h"

namespace signaling::dialects {
namespace {

constexpr std::string_view kInfo =
    R"({"name":"PeerJS Server","description":"icebox brokers connections between PeerJS clients.",)"
    R"("website":"https://peerjs.com/"})";

// Offers and candidates of several callers, for as long as its own server keeps them.
RealmOptions realm_options(size_t message_bytes) {
  RealmOptions options{.queue = {.messages = 256, .bytes = 256 * 1024, .age = std::chrono::seconds(5)},
                       .queue_for_absent = true,
                       .queue_expires_whole = true};
  options.queue.bytes = std::max(options.queue.bytes, 2 * message_bytes);
  // There is no telling a client to slow down: who is called by a hundred at once may answer them all.
  options.rates = {.messages_per_second = 100,
                   .burst_messages = 2000,
                   .bytes_per_second = 1024 * 1024,
                   .burst_bytes = std::max<uint64_t>(8 * 1024 * 1024, 2 * message_bytes)};
  return options;
}

bool is_websocket_path(std::string_view path) { return path == "/peerjs/peerjs" || path == "/peerjs"; }

}  // namespace

PeerJsDialect::PeerJsDialect(net::StreamGroup& group, Switchboard& switchboard, base::RandomSource& random,
                             const net::WebSocketOptions& sockets, PeerJsOptions options,
                             net::OriginPolicy origins)
    : switchboard_(switchboard),
      random_(random),
      options_(std::move(options)),
      origins_(std::move(origins)),
      server_(group, sockets) {
  switchboard_.open_realm(kPeerJsRealm, realm_options(sockets.limits.message_bytes));
}

PeerJsDialect::~PeerJsDialect() = default;

bool PeerJsDialect::is_key(std::string_view key) const {
  return base::equal_in_constant_time(base::as_bytes(key), base::as_bytes(std::string_view(options_.key)));
}

void PeerJsDialect::serve(const net::HttpRequest& request, const net::HttpExchange& exchange) {
  if (options_.key.empty()) return exchange.respond(net::HttpResponse::problem(404));
  const bool is_upgrade = request.headers.has_token("Upgrade", "websocket");
  if (is_upgrade && is_websocket_path(request.path)) return open(request, exchange);
  exchange.respond(answer(request));
}

void PeerJsDialect::open(const net::HttpRequest& request, const net::HttpExchange& exchange) {
  auto made = std::make_unique<Client>(*this);
  Client& client = *made;
  auto* socket = server_.upgrade(request, exchange, origins_, {}, std::move(made));
  if (!socket) return;
  client.enter(*socket, read_peerjs_request(request));
}

net::HttpResponse PeerJsDialect::answer(const net::HttpRequest& request) {
  using net::HttpResponse;
  const auto asked = read_peerjs_path(request.path);
  if (!asked) return HttpResponse::problem(404);
  if (asked->page == PeerJsPage::kInfo) return HttpResponse::json(200, std::string(kInfo));
  if (!is_key(asked->key)) return HttpResponse::problem(403, kPeerJsWrongKey);
  const bool is_peers = asked->page == PeerJsPage::kPeers;
  if (is_peers && !options_.discovery)
    return HttpResponse::problem(
        401, "who is connected is not told; the operator may set signaling.peerjs_discovery");
  auto response = is_peers
                      ? HttpResponse::json(
                            200, base::json_text(nlohmann::json(switchboard_.hub().names_in(kPeerJsRealm))))
                      : HttpResponse::text(200, make_uuid(random_));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

void PeerJsDialect::change_options(PeerJsOptions options, const net::WebSocketOptions& sockets,
                                   net::OriginPolicy origins) {
  server_.change_options(sockets);
  switchboard_.open_realm(kPeerJsRealm, realm_options(sockets.limits.message_bytes));
  const bool new_key = options.key != options_.key;
  options_ = std::move(options);
  origins_ = std::move(origins);
  if (!new_key) return;
  for (auto* client : clients_) client->close(net::WebSocketCode::kPolicy, "the key is another one now");
}

}  // namespace signaling::dialects
