#include "net/udp_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include "net/udp_send_batch.h"
#include "tests/net/udp_pair.h"

namespace net {
namespace {

using ::testing::AllOf;
using testing::endpoint;
using ::testing::HasSubstr;
using testing::open_udp;

int option(const UdpSocket& socket, int level, int name) {
  int value = -1;
  socklen_t bytes = sizeof value;
  getsockopt(socket.fd(), level, name, &value, &bytes);
  return value;
}

TEST(UdpSocketTest, PortZeroGetsAPortOfTheKernelsChoice) {
  const auto socket = open_udp("127.0.0.1:0");
  EXPECT_EQ(socket.local().ip.to_string(), "127.0.0.1");
  EXPECT_NE(socket.local().port, 0);
}

TEST(UdpSocketTest, ATakenPortIsAnErrorThatNamesTheAddressAndTheCure) {
  const auto first = open_udp("127.0.0.1:0");
  const auto second = UdpSocket::open(first.local());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, EADDRINUSE);
  EXPECT_THAT(second.error().text, AllOf(HasSubstr(first.local().to_string()), HasSubstr("another port")));
}

TEST(UdpSocketTest, AForeignAddressIsAnErrorThatNamesTheCure) {
  const auto socket = UdpSocket::open(endpoint("192.0.2.1:0"));
  ASSERT_FALSE(socket);
  EXPECT_THAT(socket.error().text,
              AllOf(HasSubstr("192.0.2.1:0"), HasSubstr("no interface has this address")));
}

TEST(UdpSocketTest, ReusePortLetsSeveralSocketsShareAnAddress) {
  const auto first = open_udp("[::1]:0", {.reuse_port = true});
  EXPECT_TRUE(UdpSocket::open(first.local(), {.reuse_port = true}));
}

TEST(UdpSocketTest, OptionsReachTheKernel) {
  const auto socket = open_udp(
      "127.0.0.1:0", {.receive_buffer_bytes = 65536, .send_buffer_bytes = 32768, .packet_info = true});
  EXPECT_EQ(option(socket, SOL_SOCKET, SO_RCVBUF), 2 * 65536) << "the kernel doubles it for its own overhead";
  EXPECT_EQ(option(socket, SOL_SOCKET, SO_SNDBUF), 2 * 32768);
  EXPECT_EQ(option(socket, IPPROTO_IP, IP_PKTINFO), 1);
  EXPECT_EQ(option(socket, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_DONT);
}

TEST(UdpSocketTest, AnIpv6SocketTakesIpv4OnlyWhenAsked) {
  const auto alone = open_udp("[::]:0");
  EXPECT_EQ(option(alone, IPPROTO_IPV6, IPV6_V6ONLY), 1);
  EXPECT_TRUE(UdpSocket::open({testing::ip("0.0.0.0"), alone.local().port}));
  const auto dual = open_udp("[::]:0", {.v6_only = false});
  EXPECT_FALSE(UdpSocket::open({testing::ip("0.0.0.0"), dual.local().port}));
}

// A port that was free a moment ago.
base::Endpoint closed_port(std::string_view local) { return open_udp(local).local(); }

std::optional<IcmpError> error_from_sending_to(const base::Endpoint& peer, const UdpSocket& socket) {
  UdpSendBatch batch;
  batch.add(socket, peer, base::as_bytes("anybody?"));
  batch.flush();
  if (!testing::wait_for(socket.fd(), 0)) return std::nullopt;  // POLLERR needs no asking
  return socket.next_error();
}

TEST(UdpSocketTest, AClosedIpv4PortAnswersWithPortUnreachable) {
  const auto socket = open_udp("127.0.0.1:0", {.receive_errors = true});
  const auto peer = closed_port("127.0.0.1:0");
  const auto error = error_from_sending_to(peer, socket);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->peer, peer);
  EXPECT_EQ(error->type, ICMP_DEST_UNREACH);
  EXPECT_EQ(error->code, ICMP_PORT_UNREACH);
  EXPECT_FALSE(error->local);
  EXPECT_FALSE(socket.next_error()) << "the queue is empty again";
}

TEST(UdpSocketTest, AClosedIpv6PortAnswersWithPortUnreachable) {
  const auto socket = open_udp("[::1]:0", {.receive_errors = true});
  const auto error = error_from_sending_to(closed_port("[::1]:0"), socket);
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->peer.ip.is_v6());
  EXPECT_EQ(error->type, ICMP6_DST_UNREACH);
  EXPECT_EQ(error->code, ICMP6_DST_UNREACH_NOPORT);
}

TEST(UdpSocketTest, AnIpv4ErrorOnADualStackSocketNamesTheIpv4Peer) {
  const auto socket = open_udp("[::]:0", {.v6_only = false, .receive_errors = true});
  const auto peer = closed_port("127.0.0.1:0");
  const auto error = error_from_sending_to(peer, socket);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->peer, peer);
  EXPECT_EQ(error->code, ICMP_PORT_UNREACH);
}

TEST(UdpSocketTest, DrainingEndsWhenTheQueueIsEmpty) {
  const auto socket = open_udp("127.0.0.1:0", {.receive_errors = true});
  UdpSendBatch batch;
  for (int i = 0; i < 3; ++i) {
    batch.add(socket, closed_port("127.0.0.1:0"), base::as_bytes("x"));
    batch.flush();
  }
  int errors = 0;
  ASSERT_TRUE(testing::wait_for(socket.fd(), 0));
  socket.drain_errors([&](const IcmpError&) { ++errors; });
  EXPECT_EQ(errors, 3);
}

}  // namespace
}  // namespace net
