// Allocate: families, port wishes, quotas and full pools (RFC 8656 §7.2).
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

using base::Family;

class AllocatePortsTest : public testing::Test {
 protected:
  TurnWorld world;
  TurnClient client{world};
};

TEST_F(AllocatePortsTest, ServesTheFamilyThatWasAskedFor) {
  EXPECT_EQ(client.allocate([](auto& m) { m.family(Family::kIpv6); }).relayed()[0].ip,
            ip("2001:db8:ffff::1"));
}

TEST_F(AllocatePortsTest, ServesIpv4ToAnIpv6ClientThatAsksForNone) {  // §7.2: IPv4 unless asked otherwise
  TurnClient client6(world, "alice", Transport::kUdp, at("[2001:db8:1::5]:5000"));
  EXPECT_EQ(client6.allocate().relayed()[0].ip, ip("203.0.113.1"));
}

TEST_F(AllocatePortsTest, ServesIpv6ToWhoAsksForNoFamilyWhereThereIsNoOther) {
  world.ports.leave_out(Family::kIpv4);
  EXPECT_EQ(client.allocate().relayed()[0].ip, ip("2001:db8:ffff::1"));
}

TEST_F(AllocatePortsTest, StaysWithIpv4ForWhoAsksForNoFamilyWhereItIsTheOnlyOne) {
  world.ports.leave_out(Family::kIpv6);
  EXPECT_EQ(client.allocate().relayed()[0].ip, ip("203.0.113.1"));
}

TEST_F(AllocatePortsTest, AMissingAddressIsNoLackOfPorts) {
  world.ports.fail(Family::kIpv4, PortError::kNoAddress);
  EXPECT_EQ(client.allocate().code(), 508);
  EXPECT_EQ(world.counters.rejected[static_cast<size_t>(Reject::kNoAddress)].value(), 1u);
  EXPECT_EQ(world.counters.rejected[static_cast<size_t>(Reject::kNoCapacity)].value(), 0u);
}

TEST_F(AllocatePortsTest, DualAllocationHasTwoAddresses) {
  const auto answer = client.allocate([](auto& m) { m.additional(Family::kIpv6); });
  ASSERT_EQ(answer.relayed().size(), 2u);
  EXPECT_EQ(answer.relayed()[0].ip, ip("203.0.113.1"));
  EXPECT_EQ(answer.relayed()[1].ip, ip("2001:db8:ffff::1"));
  EXPECT_EQ(world.gauge(), 2u);
  EXPECT_EQ(world.quotas.in_all(), 1u);
  EXPECT_EQ(client.permit({kPeer, kPeer6}).code(), 200);
  EXPECT_EQ(client.refresh(0).code(), 200);
  EXPECT_EQ(world.ports.opened(), 0u);
  EXPECT_EQ(world.gauge(), 0u);
}

struct HalfDual {
  Family failing;
  PortError error;
  const char* address_error_code;
};

TEST_F(AllocatePortsTest, HalfADualAllocationIsASuccessThatNamesTheOtherHalf) {  // §7.2, §18.12
  const HalfDual cases[] = {{Family::kIpv6, PortError::kFamilyNotSupported, "02000428"},
                            {Family::kIpv6, PortError::kNoPort, "02000508"},
                            {Family::kIpv4, PortError::kFamilyNotSupported, "01000428"},
                            {Family::kIpv4, PortError::kNoDescriptor, "01000508"}};
  for (const auto& test : cases) {
    SCOPED_TRACE(test.address_error_code);
    TurnWorld half;
    half.ports.fail(test.failing, test.error);
    TurnClient halved(half);
    const auto answer = halved.allocate([](auto& m) { m.additional(Family::kIpv6); });
    ASSERT_EQ(answer.code(), 200);
    EXPECT_EQ(answer.relayed().size(), 1u);
    EXPECT_EQ(support::to_hex(answer.message().find(AttributeType::kAddressErrorCode)->value),
              test.address_error_code);
  }
}

TEST_F(AllocatePortsTest, NoHalfOfADualAllocationIsAnError) {
  world.ports.fail(Family::kIpv4, PortError::kNoPort);
  world.ports.fail(Family::kIpv6, PortError::kFamilyNotSupported);
  EXPECT_EQ(client.allocate([](auto& m) { m.additional(Family::kIpv6); }).code(), 508);
  EXPECT_EQ(world.quotas.in_all(), 0u);
}

TEST_F(AllocatePortsTest, FailingPortsAnswerWithTheirCode) {
  const std::pair<PortError, int> codes[] = {{PortError::kFamilyNotSupported, 440},
                                             {PortError::kNoPort, 508},
                                             {PortError::kBadToken, 508},
                                             {PortError::kNoDescriptor, 508},
                                             {PortError::kNoAddress, 508}};
  for (const auto& [error, code] : codes) {
    world.ports.fail(Family::kIpv4, error);
    EXPECT_EQ(client.allocate().code(), code);
    EXPECT_EQ(world.quotas.in_all(), 0u);
  }
}

TEST_F(AllocatePortsTest, EvenPortIsEven) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.allocate([](auto& m) { m.even_port(false); }).relayed()[0].port % 2, 0);
    EXPECT_EQ(client.refresh(0).code(), 200);
  }
}

TEST_F(AllocatePortsTest, ReservedPortGoesToWhoeverBringsTheTokenWithinThirtySeconds) {  // §7.2, §14.9
  const auto first = client.allocate([](auto& m) { m.even_port(true); });
  const auto token = support::copy_of(first.message().find(AttributeType::kReservationToken)->value);
  TurnClient second(world, "bob", Transport::kUdp, at("198.51.100.1:5001"));
  world.advance(29s);
  const auto answer = second.allocate([&](auto& m) { m.token(token); });
  ASSERT_EQ(answer.code(), 200);
  EXPECT_EQ(answer.relayed()[0].port, first.relayed()[0].port + 1);
  TurnClient third(world, "bob", Transport::kUdp, at("198.51.100.1:5002"));
  EXPECT_EQ(third.allocate([&](auto& m) { m.token(token); }).code(), 508);  // only once
}

TEST_F(AllocatePortsTest, TokenIsDeadAfterThirtySeconds) {
  const auto first = client.allocate([](auto& m) { m.even_port(true); });
  const auto token = support::copy_of(first.message().find(AttributeType::kReservationToken)->value);
  world.advance(30s);
  TurnClient second(world, "bob", Transport::kUdp, at("198.51.100.1:5001"));
  EXPECT_EQ(second.allocate([&](auto& m) { m.token(token); }).code(), 508);
  EXPECT_EQ(world.ports.leaked(), 0u);
}

TEST_F(AllocatePortsTest, QuotasAnswer486AndTheServersOwn508) {  // §7.2 item 8 and 10
  const std::pair<QuotaOptions, int> cases[] = {
      {{.per_user = 1}, 486}, {{.per_source = 1}, 486}, {{.in_all = 1}, 508}};
  for (const auto& [quotas, code] : cases) {
    WorldOptions options;
    options.quotas = quotas;
    TurnWorld full(options);
    TurnClient first(full), second(full, "alice", Transport::kUdp, at("198.51.100.1:5001"));
    EXPECT_EQ(first.allocate().code(), 200);
    EXPECT_EQ(second.allocate().code(), code);
    EXPECT_EQ(full.ports.opened(), 1u);
    EXPECT_EQ(first.refresh(0).code(), 200);
    EXPECT_EQ(second.allocate().code(), 200);
  }
}

TEST_F(AllocatePortsTest, TcpRelayingIsForStreamsAndWithoutWishesOfUdp) {  // RFC 6062 §5.1
  WorldOptions options;
  options.server.tcp_relay = true;
  TurnWorld tcp(options);
  TurnClient udp_client(tcp), tcp_client(tcp, "alice", Transport::kTcp, at("198.51.100.1:5001"));
  const auto over_tcp = [](TurnMessage& m) { m.transport(stun::kProtocolTcp); };
  EXPECT_EQ(udp_client.request(Method::kAllocate, over_tcp).code(), 400);
  EXPECT_EQ(tcp_client.request(Method::kAllocate, [](auto& m) { m.transport(6).even_port(false); }).code(),
            400);
  EXPECT_EQ(tcp_client.request(Method::kAllocate, over_tcp).code(), 200);
  EXPECT_EQ(tcp_client.bind(0x4000, kPeer).code(), 403);
  EXPECT_EQ(tcp_client.permit({kPeer}).code(), 200);
  EXPECT_TRUE(tcp_client.send_indication(kPeer, octets("x")).nothing());
}

}  // namespace
}  // namespace relay
