#include "net/http_server.h"

#include <utility>

#include "net/http_connection.h"

namespace net {

HttpServer::HttpServer(StreamGroup& group, const HttpRouter& router, const HttpOptions& options, Admit admit,
                       Refused refused)
    : group_(group),
      router_(router),
      options_(options),
      admit_(std::move(admit)),
      refused_(std::move(refused)),
      large_(options.key, options.large) {}

HttpServer::~HttpServer() {
  for (auto& connection : connections_) connection->abandon();
}

void HttpServer::serve(Accepted connection) {
  counters_.connections.add();
  connections_.push_front(std::make_shared<HttpConnection>(*this, std::move(connection)));
  connections_.front()->start(connections_.begin());
}

void HttpServer::close_idle() {
  draining_ = true;
  for (auto& connection : connections_) connection->close_when_idle();
}

}  // namespace net
