// One request on its way to its answer.
#pragma once

#include <functional>
#include <memory>

#include "net/http_message.h"
#include "net/stream.h"

namespace net {

class HttpConnection;

// A handle that may be copied and kept until the answer is known; the connection waits. When the last copy
// dies unanswered the client gets 500, so nobody waits for ever. Loop's thread only (post() brings an answer
// back to it).
class HttpExchange {
 public:
  explicit HttpExchange(const std::shared_ptr<HttpConnection>& connection);

  // Fields that go with the answer, whoever gives it. Before the answer.
  void add_headers(const HttpHeaders& headers) const;
  // Once; a second answer, or one to a client that has gone, is dropped.
  void respond(HttpResponse response) const;
  // In place of an answer: the connection leaves HTTP. Detached, nothing sent; what the client sent behind
  // its request is unread in it. nullptr if the client has gone or was answered. The new owner sends "101
  // Switching Protocols".
  [[nodiscard]] std::unique_ptr<Stream> take_over() const;
  // The client is still there, as far as is known, and unanswered.
  [[nodiscard]] bool is_open() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Takes a request; answers now or later. Called on the loop's thread.
using HttpHandler = std::function<void(HttpRequest request, HttpExchange exchange)>;

}  // namespace net
