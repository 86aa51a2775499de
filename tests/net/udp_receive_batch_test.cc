#include "net/udp_receive_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "net/udp_send_batch.h"
#include "tests/net/udp_pair.h"

namespace net {
namespace {

using testing::hear;
using testing::open_udp;

void send(const UdpSocket& from, const base::Endpoint& to, std::string_view text,
          const SendOptions& options = {}) {
  UdpSendBatch batch;
  batch.add(from, to, base::as_bytes(text), options);
  batch.flush();
}

TEST(UdpReceiveBatchTest, AnEmptySocketGivesNothingAndDoesNotBlock) {
  UdpReceiveBatch batch;
  EXPECT_TRUE(batch.receive(open_udp("127.0.0.1:0")).empty());
}

TEST(UdpReceiveBatchTest, TakesAtMostOneBatchPerCallInOrder) {
  const auto receiver = open_udp("127.0.0.1:0");
  const auto sender = open_udp("127.0.0.1:0");
  for (const auto* text : {"a", "b", "c"}) send(sender, receiver.local(), text);
  UdpReceiveBatch batch({.datagrams = 2, .payload_bytes = 100});
  ASSERT_TRUE(testing::wait_for(receiver.fd()));
  EXPECT_EQ(batch.receive(receiver).size(), 2u);
  const auto rest = batch.receive(receiver);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(base::as_text(rest[0].data), "c");
  EXPECT_EQ(rest[0].from, sender.local());
  EXPECT_EQ(batch.counters().datagrams.value(), 3u);
  EXPECT_EQ(batch.counters().calls.value(), 2u);
  EXPECT_EQ(batch.counters().payload_bytes.value(), 3u);
}

TEST(UdpReceiveBatchTest, FlagsAndCountsWhatIsLongerThanItsBuffers) {
  const auto receiver = open_udp("127.0.0.1:0");
  send(open_udp("127.0.0.1:0"), receiver.local(), std::string(101, 'x'));
  send(open_udp("127.0.0.1:0"), receiver.local(), std::string(100, 'y'));
  UdpReceiveBatch batch({.datagrams = 4, .payload_bytes = 100});
  ASSERT_TRUE(testing::wait_for(receiver.fd()));
  const auto received = batch.receive(receiver);
  ASSERT_EQ(received.size(), 2u);
  EXPECT_TRUE(received[0].truncated);
  EXPECT_EQ(received[0].data.size(), 100u);
  EXPECT_FALSE(received[1].truncated);
  EXPECT_EQ(batch.counters().truncated.value(), 1u);
}

TEST(UdpReceiveBatchTest, TheLargestDatagramFitsWhenAskedFor) {
  constexpr size_t kLargestUdpPayload = 65507;
  const auto receiver = open_udp("127.0.0.1:0", {.receive_buffer_bytes = 1 << 20});
  const auto sender = open_udp("127.0.0.1:0", {.send_buffer_bytes = 1 << 20});
  send(sender, receiver.local(), std::string(kLargestUdpPayload, 'x'));
  UdpReceiveBatch batch({.payload_bytes = 65535});
  ASSERT_TRUE(testing::wait_for(receiver.fd()));
  const auto received = batch.receive(receiver);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].data.size(), kLargestUdpPayload);
}

TEST(UdpReceiveBatchTest, HeadroomAndTailroomAreWritableAndNobodyElses) {
  const auto receiver = open_udp("127.0.0.1:0");
  for (int i = 0; i < 2; ++i) send(open_udp("127.0.0.1:0"), receiver.local(), std::string(64, 'x'));
  UdpReceiveBatch batch({.datagrams = 2, .payload_bytes = 64});
  ASSERT_TRUE(testing::wait_for(receiver.fd()));
  const auto received = batch.receive(receiver);
  ASSERT_EQ(received.size(), 2u);
  for (const auto& datagram : received) {
    std::memset(datagram.data.data() - UdpReceiveBatch::kHeadroomBytes, 'h', UdpReceiveBatch::kHeadroomBytes);
    std::memset(datagram.data.data() + datagram.data.size(), 't', UdpReceiveBatch::kTailroomBytes);
  }
  for (const auto& datagram : received) EXPECT_EQ(base::as_text(datagram.data), std::string(64, 'x'));
}

TEST(UdpReceiveBatchTest, ReportsTheTosOctetOfBothFamilies) {
  constexpr uint8_t kExpeditedForwardingEct0 = 0xba;
  for (const auto* address : {"127.0.0.1:0", "[::1]:0"}) {
    const auto receiver = open_udp(address, {.receive_tos = true});
    send(open_udp(address), receiver.local(), "x", {.tos = kExpeditedForwardingEct0});
    UdpReceiveBatch batch;
    ASSERT_TRUE(testing::wait_for(receiver.fd()));
    const auto received = batch.receive(receiver);
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].tos, kExpeditedForwardingEct0) << address;
  }
}

TEST(UdpReceiveBatchTest, ReportsWhatTheKernelDropped) {
  const auto receiver = open_udp("127.0.0.1:0", {.receive_buffer_bytes = 4096, .receive_drops = true});
  const auto sender = open_udp("127.0.0.1:0");
  for (int i = 0; i < 64; ++i) send(sender, receiver.local(), std::string(1000, 'x'));
  UdpReceiveBatch batch;
  ASSERT_TRUE(testing::wait_for(receiver.fd()));
  const size_t arrived = batch.receive(receiver).size();
  send(sender, receiver.local(), "the next one tells");
  ASSERT_TRUE(testing::wait_for(receiver.fd()));
  ASSERT_EQ(batch.receive(receiver).size(), 1u);
  EXPECT_EQ(batch.kernel_drops(), 64 - arrived);
}

TEST(UdpReceiveBatchTest, APendingIcmpErrorHidesNoDatagram) {
  const auto receiver = open_udp("127.0.0.1:0", {.receive_errors = true});
  const auto closed = open_udp("127.0.0.1:0").local();
  send(receiver, closed, "nobody is there");
  ASSERT_TRUE(testing::wait_for(receiver.fd(), 0));
  send(open_udp("127.0.0.1:0"), receiver.local(), "behind the error");
  UdpReceiveBatch batch;
  const auto received = batch.receive(receiver);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(base::as_text(received[0].data), "behind the error");
}

TEST(UdpReceiveBatchTest, AnIpv4SourceOnADualStackSocketComesOutAsIpv4) {
  const auto receiver = open_udp("[::]:0", {.packet_info = true, .v6_only = false});
  const auto sender = open_udp("127.0.0.1:0");
  send(sender, {testing::ip("127.0.0.2"), receiver.local().port}, "x");
  const auto heard = hear(receiver, 1);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].from, sender.local());
  EXPECT_EQ(heard[0].to.to_string(), "127.0.0.2");
}

}  // namespace
}  // namespace net
