// DtlsServer over a real socket with OpenSSL's own command-line client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "net/dtls_hello.h"
#include "net/dtls_server.h"
#include "net/event_loop.h"
#include "net/fd_watch.h"
#include "net/udp_send_batch.h"
#include "tests/net/child_process.h"
#include "tests/net/dtls_world.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// Answers every line with the line reversed.
class ReversingServer final : private FdHandler, private DtlsHandler {
 public:
  ReversingServer(EventLoop& loop, std::string_view address)
      : loop_(loop),
        socket_(testing::open_udp(address)),
        server_(loop.now().steady, testing::make_dtls_context(), {}, *this),
        watch_(loop, socket_.fd(), Events::kRead, *this) {}

  [[nodiscard]] std::string address() const { return socket_.local().to_string(); }
  int closed = 0;

 private:
  void on_ready(Events) override {
    server_.begin_turn();
    for (const auto& datagram : receive_.receive(socket_)) {
      if (!datagram.data.empty() && is_dtls(datagram.data[0]))
        server_.handle_datagram(loop_.now().steady, {datagram.from, socket_.local()}, datagram.data);
    }
    send_.flush();
    server_.end_batch();
  }
  void on_dtls_send(const DtlsPath& path, base::Bytes datagram) override {
    send_.add(socket_, path.client, datagram);
  }
  void on_dtls_data(const DtlsPath& path, base::MutableBytes data) override {
    std::reverse(data.begin(), data.end());
    const std::array<base::Bytes, 2> pieces{data, base::as_bytes("\n")};
    server_.send(path, pieces);
  }
  void on_dtls_buffers_lent() override { send_.flush(); }
  bool is_in_use(const DtlsPath&) override { return true; }
  void on_dtls_closed(const DtlsPath&) override { ++closed; }

  EventLoop& loop_;
  UdpSocket socket_;
  UdpReceiveBatch receive_;
  UdpSendBatch send_;
  DtlsServer server_;
  FdWatch watch_;
};

class LoopbackDtlsTest : public ::testing::TestWithParam<const char*> {};

TEST_P(LoopbackDtlsTest, OpenSslsClientConnectsTalksAndSaysGoodbye) {
  EventLoop loop;
  ReversingServer server(loop, GetParam());
  testing::ChildProcess client({"openssl", "s_client", "-dtls1_2", "-connect", server.address()});
  ASSERT_TRUE(client.is_running());
  struct Wake final : FdHandler {  // only to end the loop's wait when the client prints
    void on_ready(Events) override {}
  } wake;
  const FdWatch watch(loop, client.output(), Events::kRead, wake);
  const auto prints = [&](std::string_view text) {
    return loop.run_until(loop.now().steady + 20s,
                          [&] { return client.printed().find(text) != std::string::npos; });
  };

  client.write("desserts\n");
  EXPECT_TRUE(prints("stressed")) << client.printed();
  EXPECT_THAT(client.printed(), HasSubstr("DTLSv1.2"));
  client.write("Q\n");
  EXPECT_TRUE(loop.run_until(loop.now().steady + 20s, [&] { return client.printed(), server.closed == 1; }));
}
INSTANTIATE_TEST_SUITE_P(Families, LoopbackDtlsTest, ::testing::Values("127.0.0.1:0", "[::1]:0"));

}  // namespace
}  // namespace net
