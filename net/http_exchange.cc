#include "net/http_exchange.h"

#include <utility>

#include "net/http_connection.h"

namespace net {

struct HttpExchange::State {
  explicit State(std::weak_ptr<HttpConnection> asking) : connection(std::move(asking)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { respond(HttpResponse::problem(500)); }

  // The connection, for the first who asks.
  std::shared_ptr<HttpConnection> take() { return std::exchange(connection, {}).lock(); }

  void respond(HttpResponse response) {
    const auto asking = take();
    if (!asking) return;
    for (const auto& [name, value] : headers.fields()) response.headers.add(name, value);
    asking->respond(std::move(response));
  }

  std::weak_ptr<HttpConnection> connection;
  HttpHeaders headers;  // for the answer
};

HttpExchange::HttpExchange(const std::shared_ptr<HttpConnection>& connection)
    : state_(std::make_shared<State>(connection)) {}

void HttpExchange::add_headers(const HttpHeaders& headers) const {
  for (const auto& [name, value] : headers.fields()) state_->headers.add(name, value);
}

void HttpExchange::respond(HttpResponse response) const { state_->respond(std::move(response)); }

std::unique_ptr<Stream> HttpExchange::take_over() const {
  const auto connection = state_->take();
  return connection ? connection->take_over() : nullptr;
}

bool HttpExchange::is_open() const { return !state_->connection.expired(); }

}  // namespace net
