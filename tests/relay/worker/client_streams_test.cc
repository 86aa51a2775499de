// Whose frames come when: many streams of one worker, in memory but for their sockets.
#include "relay/worker/client_streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "net/event_loop.h"
#include "net/system_clock.h"
#include "relay/worker/work_share.h"
#include "tests/relay/worker/worker_world.h"
#include "tests/support/hex.h"

namespace relay::worker {
namespace {

using support::TurnMessage;

// A ChannelData message without data: four octets.
const Octets kEmptyFrame{0x40, 0, 0, 0};

Octets repeated(const Octets& frame, size_t times) {
  Octets octets;
  for (size_t i = 0; i < times; ++i) octets.insert(octets.end(), frame.begin(), frame.end());
  return octets;
}

class ClientStreamsTest : public testing::Test, protected StreamFrameHandler {
 protected:
  // A client that has sent `octets`, which its worker has not seen yet.
  Socket connect(const Octets& octets) {
    const auto listening = net::open_listening_socket(support::at("127.0.0.1:0"), true, 64);
    EXPECT_TRUE(listening);
    Socket client = connect_to(listening->local);
    client.send(octets);
    auto accepted = net::accept_from(listening->fd.get());
    EXPECT_TRUE(accepted);
    streams.adopt({.stream = std::make_unique<net::Stream>(std::move(accepted->fd), net::StreamOptions()),
                   .client = accepted->from,
                   .server = listening->local,
                   .transport = net::StreamTransport::kTcp,
                   .accepted_at = net::read_clocks().steady});
    return client;
  }
  bool run_until_frames(size_t count) {
    return loop.run_until(loop.now().steady + std::chrono::seconds(10),
                          [&] { return routes.size() >= count; });
  }
  // Most frames of one client without one of another or the end of a batch between.
  [[nodiscard]] size_t longest_run() const { return *std::ranges::max_element(batches); }

  StreamFate on_stream_frame(const ClientPath& from, base::Bytes frame) override {
    routes.push_back(from.route);
    frames.emplace_back(frame.begin(), frame.end());
    ++batches.back();
    return {};
  }
  void on_stream_left(const StreamFate&, net::Accepted) override {}
  void on_stream_batch_end() override { batches.push_back(0); }
  void on_stream_closed(const ClientPath&) override {}
  bool is_in_use(const ClientPath&) override { return false; }

  std::vector<uint32_t> routes;  // of frames, as they came
  std::vector<Octets> frames;
  std::vector<size_t> batches{0};  // frames of each
  net::EventLoop loop;
  ClientStreams streams{loop, *this, {}};
};

TEST_F(ClientStreamsTest, FramesOfOneStreamWaitUntilTheOthersHadTheirs) {
  const auto first = connect(repeated(kEmptyFrame, 5000));
  const auto second = connect(TurnMessage(stun::Method::kBinding).bytes());
  ASSERT_TRUE(run_until_frames(5001));
  const auto at = std::ranges::find(routes, 1u) - routes.begin();
  EXPECT_LE(at, WorkShare::kUnits);
  EXPECT_LE(longest_run(), WorkShare::kUnits);
  EXPECT_EQ(std::ranges::count(routes, 0u), 5000);
}

TEST_F(ClientStreamsTest, ARequestCountsAsManyFrames) {
  const auto request = TurnMessage(stun::Method::kAllocate).bytes();
  const auto client = connect(repeated(request, 100));
  ASSERT_TRUE(run_until_frames(100));
  EXPECT_LE(longest_run(), WorkShare::kUnits / 8);
  EXPECT_THAT(frames, testing::Each(request));
}

TEST_F(ClientStreamsTest, NothingThatWaitsIsLostWhenTheClientHasLeft) {
  {
    const auto client = connect(repeated(kEmptyFrame, 3000));
    client.end();
  }
  ASSERT_TRUE(run_until_frames(3000));
  EXPECT_EQ(routes.size(), 3000u);
}

TEST_F(ClientStreamsTest, ALongStreamOfMediaComesWholeAndInOrder) {
  Octets frame{0x40, 0, 4, 0xb0};
  frame.resize(4 + 1200);
  Octets octets;
  for (uint8_t i = 0; i < 250; ++i) {
    frame[4] = i;
    octets.insert(octets.end(), frame.begin(), frame.end());
  }
  const auto client = connect(octets);
  ASSERT_TRUE(run_until_frames(250));
  for (uint8_t i = 0; i < 250; ++i) EXPECT_EQ(frames[i][4], i);
}

}  // namespace
}  // namespace relay::worker
