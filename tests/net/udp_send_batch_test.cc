#include "net/udp_send_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include "tests/net/udp_pair.h"

namespace net {
namespace {

using base::as_bytes;
using ::testing::ElementsAre;
using testing::endpoint;
using testing::hear;
using testing::ip;
using testing::open_udp;
using testing::texts;

TEST(UdpSendBatchTest, JoinsScratchHeaderPayloadAndPadding) {
  const auto receiver = open_udp("127.0.0.1:0");
  const auto sender = open_udp("127.0.0.1:0");
  UdpSendBatch batch;
  for (const auto* header : {"1:", "2:"}) {
    const auto scratch = batch.scratch().first(2);
    std::ranges::copy(as_bytes(header), scratch.begin());
    const std::array<base::Bytes, 3> pieces{scratch, as_bytes("payload"), as_bytes("..")};
    batch.add(sender, receiver.local(), pieces);
  }
  EXPECT_EQ(batch.waiting(), 2u);
  batch.flush();
  EXPECT_THAT(texts(hear(receiver, 2)), ElementsAre("1:payload..", "2:payload.."));
  EXPECT_EQ(batch.counters().datagrams.value(), 2u);
  EXPECT_EQ(batch.counters().payload_bytes.value(), 22u);
}

TEST(UdpSendBatchTest, UsesOneCallPerSocketHoweverTheyAreMixedAndKeepsOrder) {
  const auto receiver = open_udp("127.0.0.1:0");
  const auto a = open_udp("127.0.0.1:0");
  const auto b = open_udp("127.0.0.1:0");
  UdpSendBatch batch;
  for (const auto* text : {"1", "2", "3"}) {
    batch.add(a, receiver.local(), as_bytes(text));
    batch.add(b, receiver.local(), as_bytes(text));
  }
  batch.flush();
  EXPECT_EQ(batch.counters().calls.value(), 2u);
  EXPECT_THAT(texts(hear(receiver, 6)), ElementsAre("1", "2", "3", "1", "2", "3"));
}

TEST(UdpSendBatchTest, WhatTravelsTogetherArrivesAsItWasAdded) {
  const auto receiver = open_udp("127.0.0.1:0", {.receive_buffer_bytes = 1 << 20});
  const auto sender = open_udp("127.0.0.1:0");
  UdpSendBatch batch;
  std::vector<std::string> added;
  for (const size_t bytes : {160, 160, 160, 7, 7, 160, 1200, 1200, 1, 1452, 1452, 1453, 1453, 2000, 2000})
    added.emplace_back(bytes, static_cast<char>('a' + added.size()));
  for (const auto& text : added) batch.add(sender, receiver.local(), as_bytes(text));
  batch.flush();
  EXPECT_EQ(batch.counters().calls.value(), 1u);
  EXPECT_EQ(batch.counters().datagrams.value(), added.size());
  EXPECT_EQ(texts(hear(receiver, added.size())), added);
}

TEST(UdpSendBatchTest, FlushesByItselfWhenFull) {
  const auto receiver = open_udp("127.0.0.1:0");
  const auto sender = open_udp("127.0.0.1:0");
  UdpSendBatch batch(2);
  for (const auto* text : {"a", "b", "c"}) batch.add(sender, receiver.local(), as_bytes(text));
  EXPECT_EQ(batch.waiting(), 1u);
  EXPECT_THAT(texts(hear(receiver, 2)), ElementsAre("a", "b"));
}

TEST(UdpSendBatchTest, SendsToIpv4FromADualStackSocketAndAnEmptyDatagram) {
  const auto receiver = open_udp("127.0.0.1:0");
  const auto sender = open_udp("[::]:0", {.v6_only = false});
  UdpSendBatch batch;
  batch.add(sender, receiver.local(), base::Bytes{});
  batch.flush();
  const auto heard = hear(receiver, 1);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].from.ip.to_string(), "127.0.0.1");
}

struct Wildcard {
  std::string_view bound, client, asked;
};
class ReplyAddressTest : public ::testing::TestWithParam<Wildcard> {};

// A reply from another address than the one asked is dropped by the client's NAT.
TEST_P(ReplyAddressTest, ARequestToAnyAddressOfAWildcardSocketIsAnsweredFromThatAddress) {
  const auto server = open_udp(GetParam().bound, {.packet_info = true, .v6_only = false});
  const auto client = open_udp(GetParam().client);
  UdpSendBatch batch;
  const base::Endpoint asked{ip(GetParam().asked), server.local().port};
  batch.add(client, asked, as_bytes("request"));
  batch.flush();
  const auto requests = hear(server, 1);
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].to, asked.ip);
  batch.add(server, requests[0].from, as_bytes("reply"), {.from = requests[0].to});
  batch.flush();
  const auto replies = hear(client, 1);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].from, asked);
}
INSTANTIATE_TEST_SUITE_P(Wildcards, ReplyAddressTest,
                         ::testing::Values(Wildcard{"0.0.0.0:0", "127.0.0.1:0", "127.0.0.2"},
                                           Wildcard{"0.0.0.0:0", "127.0.0.1:0", "127.0.0.3"},
                                           Wildcard{"[::]:0", "127.0.0.1:0", "127.0.0.3"},
                                           Wildcard{"[::]:0", "[::1]:0", "::1"}));

TEST(UdpSendBatchTest, AnErrorCostsOneDatagramAndIsCountedByKind) {
  const auto receiver = open_udp("127.0.0.1:0");
  const auto sender = open_udp("127.0.0.1:0");
  const std::vector<uint8_t> too_big(70'000);
  UdpSendBatch batch;
  batch.add(sender, receiver.local(), as_bytes("before"));
  batch.add(sender, receiver.local(), too_big);
  batch.add(sender, endpoint("255.255.255.255:9"), as_bytes("broadcast is not allowed"));
  batch.add(sender, {receiver.local().ip, 0}, as_bytes("port 0 is nobody's"));
  batch.add(sender, receiver.local(), as_bytes("after"));
  batch.flush();
  EXPECT_THAT(texts(hear(receiver, 2)), ElementsAre("before", "after"));
  EXPECT_EQ(batch.counters().datagrams.value(), 2u);
  EXPECT_EQ(batch.counters().too_big.value(), 1u);
  EXPECT_EQ(batch.counters().unreachable.value(), 1u);
  EXPECT_EQ(batch.counters().other.value(), 1u);
}

TEST(UdpSendBatchTest, AnIcmpErrorOfOnePeerDoesNotEatTheNextPeersDatagram) {
  const auto receiver = open_udp("127.0.0.1:0");
  const auto sender = open_udp("127.0.0.1:0", {.receive_errors = true});
  UdpSendBatch batch;
  batch.add(sender, open_udp("127.0.0.1:0").local(), as_bytes("to a port that has just closed"));
  batch.flush();
  ASSERT_TRUE(testing::wait_for(sender.fd(), 0));
  batch.add(sender, receiver.local(), as_bytes("for you"));
  batch.flush();
  EXPECT_THAT(texts(hear(receiver, 1)), ElementsAre("for you"));
  EXPECT_EQ(batch.counters().refused.value(), 0u);
}

// UDP over loopback frees the send buffer only when the receiver reads: a receiver who sleeps fills it.
TEST(UdpSendBatchTest, AFullSendBufferDropsCountsAndReturns) {
  const auto receiver = open_udp("127.0.0.1:0", {.receive_buffer_bytes = 8 << 20});
  const auto sender = open_udp("127.0.0.1:0", {.send_buffer_bytes = 4608});
  const std::vector<uint8_t> payload(1000);
  UdpSendBatch batch;
  for (int i = 0; i < 64; ++i) batch.add(sender, receiver.local(), payload);
  const auto& counters = batch.counters();
  EXPECT_EQ(batch.waiting(), 0u);
  EXPECT_EQ(counters.datagrams.value() + counters.would_block.value(), 64u);
  EXPECT_LE(counters.calls.value(), 128u);
}

TEST(UdpSendBatchTest, DontFragmentRefusesWhatTheLinkCannotCarryAndLeavesTheSocketAsItWas) {
  const size_t beyond_loopback_mtu = 65'501;  // loopback carries 65,536 octets, headers included
  const std::vector<uint8_t> payload(beyond_loopback_mtu + 6);
  const auto receiver = open_udp("[::1]:0", {.receive_buffer_bytes = 1 << 20});
  const auto sender = open_udp("[::1]:0", {.send_buffer_bytes = 1 << 20});
  UdpSendBatch batch;
  batch.add(sender, receiver.local(), payload, {.dont_fragment = true});
  batch.add(sender, receiver.local(), payload);
  batch.flush();
  EXPECT_EQ(batch.counters().too_big.value(), 1u);
  EXPECT_EQ(batch.counters().datagrams.value(), 1u);
}

TEST(UdpSendBatchTest, AfterDontFragmentAnIpv4SocketFragmentsAgain) {
  const auto receiver = open_udp("127.0.0.1:0");
  const auto sender = open_udp("127.0.0.1:0");
  UdpSendBatch batch;
  batch.add(sender, receiver.local(), as_bytes("df"), {.dont_fragment = true});
  batch.add(sender, receiver.local(), as_bytes("plain"));
  batch.flush();
  EXPECT_THAT(texts(hear(receiver, 2)), ElementsAre("df", "plain"));
  int policy = -1;
  socklen_t bytes = sizeof policy;
  getsockopt(sender.fd(), IPPROTO_IP, IP_MTU_DISCOVER, &policy, &bytes);
  EXPECT_EQ(policy, IP_PMTUDISC_DONT);
}

}  // namespace
}  // namespace net
