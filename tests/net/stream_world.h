// A loop with streams, a port, and clients beside it.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "net/connection_limiter.h"
#include "net/event_loop.h"
#include "net/one_port_listener.h"
#include "net/stream.h"
#include "net/stream_group.h"
#include "net/tls_context.h"
#include "tests/net/blocking_client.h"

namespace net {

// A self-signed context for tests. Made once: key generation is the dearest step of most tests.
const TlsContext& test_tls_context();

// Two ends of one TCP connection over loopback: a Stream's socket, and a blocking client.
struct Connection {
  UniqueFd server;
  std::unique_ptr<BlockingClient> client;
};
Connection connect_pair(int client_receive_buffer_bytes = 0);

// Records what a stream tells; by default consumes everything.
class RecordingHandler final : public StreamHandler {
 public:
  size_t on_bytes(Stream& stream, base::MutableBytes bytes) override {
    if (take) return take(stream, bytes);
    received.append(base::as_text(bytes));
    return bytes.size();
  }
  void on_closed(Stream&, CloseReason reason) override { closed.push_back(reason); }
  void on_tls_established(Stream&) override { ++handshakes; }
  void on_drained(Stream&) override { ++drained; }
  bool on_end(Stream&) override {
    ++ends;
    return takes_half_close;
  }
  bool on_deadline(Stream&) override {
    ++deadlines;
    return more_time;
  }

  std::function<size_t(Stream&, base::MutableBytes)> take;
  std::string received;
  std::vector<CloseReason> closed;
  int handshakes = 0;
  int drained = 0;
  int deadlines = 0;
  int ends = 0;
  bool takes_half_close = false;
  bool more_time = false;
};

class StreamTest {
 protected:
  // Runs the loop until `done()` holds; false after ten seconds.
  bool run_until(const std::function<bool()>& done) {
    return loop.run_until(loop.now().steady + std::chrono::seconds(10), done);
  }

  EventLoop loop;
  StreamGroup group{loop};
};

}  // namespace net
