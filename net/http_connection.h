// One HTTP connection: one request at a time, in order. Internal to net: used by HttpServer and HttpExchange.
#pragma once

#include <list>
#include <memory>

#include "net/byte_queue.h"
#include "net/http_server.h"
#include "net/stream.h"

namespace net {

class HttpConnection final : public std::enable_shared_from_this<HttpConnection>, private StreamHandler {
 public:
  HttpConnection(HttpServer& server, Accepted accepted);

  // After it is in the server's list, at `place`.
  void start(std::list<std::shared_ptr<HttpConnection>>::iterator place);
  void respond(HttpResponse response);
  [[nodiscard]] std::unique_ptr<Stream> take_over();
  void close_when_idle();
  // The server is dying: nothing may reach it any more.
  void abandon();

 private:
  enum class State : uint8_t {
    kReading,    // a request, or waiting for one
    kAnswering,  // a handler has the request
    kWriting,    // its answer is on the way
    kFinishing,  // the last answer is out
    kGone        // closed, or somebody else's
  };

  size_t on_bytes(Stream& stream, base::MutableBytes received) override;
  void on_closed(Stream& stream, CloseReason reason) override;
  void on_drained(Stream& stream) override;
  bool on_deadline(Stream& stream) override;

  // False: no more requests for now.
  [[nodiscard]] bool read_request(base::Bytes received);
  void say_whose(HttpRequest& request) const;
  void dispatch(HttpRequest request);
  // What is answered without asking the routes; nullopt: nothing is.
  [[nodiscard]] std::optional<HttpResponse> answer_early(HttpRequest& request, const HttpExchange& exchange);
  void refuse(HttpResponse problem);
  void add_headers_for(HttpRequest request, const HttpExchange& exchange);
  void note_refusal(const HttpResponse& response);
  void write_outbox();
  [[nodiscard]] base::Bytes next_piece() const;
  void after_answer();
  // What the client makes us keep is within its own or the pool's. False: neither has room.
  [[nodiscard]] bool keeps_bounds();
  void refuse_for_room();
  // Inside an answer there is no saying why.
  void drop();
  void count_answer(uint16_t status);
  void set_deadline(std::chrono::milliseconds from_now);
  void leave();

  HttpServer* server_;
  std::unique_ptr<Stream> stream_;
  std::list<std::shared_ptr<HttpConnection>>::iterator place_;
  base::Endpoint client_;
  base::Endpoint asker_;  // of the request at hand, as proxies tell it
  base::Endpoint server_endpoint_;
  const bool secure_;
  const bool proxied_;
  std::shared_ptr<void> lease_;  // of the client whose request is being answered
  HttpParser parser_;
  OctetPool::Share large_;
  ByteQueue outbox_;             // of the answer, what the stream has no room for yet
  std::string_view fixed_rest_;  // behind it
  size_t request_bytes_ = 0;     // that the handler has
  size_t unread_bytes_ = 0;      // that on_bytes() has left in the stream
  size_t consumed_ = 0;          // of what on_bytes() got, while it runs
  State state_ = State::kReading;
  bool in_on_bytes_ = false;
  bool request_begun_ = false;
  bool continue_sent_ = false;
  bool is_head_ = false;
  bool keep_alive_ = false;
  bool is_http_1_0_ = false;
};

}  // namespace net
