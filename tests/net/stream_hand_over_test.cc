// Streams that change their thread.
#include <future>
#include <thread>

#include "net/mailbox.h"
#include "net/stream.h"
#include "tests/net/stream_fixture.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The control thread reads the first bytes, a worker the rest: nothing is lost or doubled on the way.
class HandOverTest : public testing::TestWithParam<bool> {};

TEST_P(HandOverTest, AStreamMovesToAnotherThreadWithWhatItHolds) {
  const bool tls = GetParam();
  EventLoop control_loop;
  EventLoop worker_loop;
  auto pair = connect_pair();
  std::string received;
  uint64_t seen_by_worker = 0;

  std::unique_ptr<Stream> owned;  // by the worker, once it has arrived
  StreamGroup worker_group(worker_loop);
  RecordingHandler worker;
  worker.take = [&](Stream& stream, base::MutableBytes bytes) {
    ++seen_by_worker;
    received.append(base::as_text(bytes));
    stream.send(bytes, Priority::kControl);
    return bytes.size();
  };
  Mailbox<std::unique_ptr<Stream>> mailbox(worker_loop, 8, [&](std::unique_ptr<Stream>&& stream) {
    owned = std::move(stream);
    owned->attach(worker_group, worker);
  });
  std::jthread worker_thread([&] { worker_loop.run(); });

  StreamGroup control_group(control_loop);
  RecordingHandler control;
  auto moving = std::make_unique<Stream>(std::move(pair.server), StreamOptions{});
  moving->attach(control_group, control);
  if (tls) moving->start_tls(test_tls_context());
  control.take = [&](Stream& stream, base::MutableBytes bytes) {
    EXPECT_EQ(base::as_text(bytes.first(4)), "drop");
    stream.send(base::as_bytes("greeting "), Priority::kControl);
    stream.detach(4);
    mailbox.push(std::move(moving));
    return bytes.size();
  };
  run_beside(control_loop, [&] {
    if (tls) {
      ASSERT_TRUE(pair.client->start_tls());
    }
    pair.client->send("dropfirst ");
    pair.client->send("second ");
    EXPECT_EQ(pair.client->read(22), "greeting first second ");
    pair.client->send("third");
    EXPECT_EQ(pair.client->read(5), "third");
  });
  worker_loop.stop();
  worker_thread.join();
  EXPECT_EQ(received, "first second third");
  EXPECT_GE(seen_by_worker, 2u);
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, HandOverTest, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Tls" : "Plain"; });

TEST(StreamLeaseTest, TheLeaseDiesWithTheStream) {
  auto lease = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = lease;
  auto pair = connect_pair();
  auto stream = std::make_unique<Stream>(std::move(pair.server), StreamOptions{});
  stream->hold(std::move(lease));
  EXPECT_FALSE(watched.expired());
  stream.reset();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace net
