// Allocate: families, port wishes, quotas and full pools (RFC 8656 §7.2).
#include "relay/port_pool.h"
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
    EXPECT_EQ(support::to_hex(answer.message().find(AttributeType::kAddressErrorCode)->value.first(4)),
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
    EXPECT_EQ(second.allocate().code(),
              code == 508 ? 200 : 486);  // the port of the first rests on its account
    full.advance(PortPool::kRest);
    EXPECT_EQ(second.allocate().code(), code == 508 ? 437 : 200);
  }
}

WorldOptions with_places(size_t per_user, size_t per_source = 0) {
  WorldOptions options;
  options.quotas = {.per_user = per_user, .per_source = per_source};
  options.server.unauthenticated_replies_per_second = 0;
  return options;
}
const TurnClient::Fill kReserving = [](TurnMessage& m) { m.even_port(true); };

TEST_F(AllocatePortsTest, RestingPortsCountLikeAllocations) {
  TurnWorld small(with_places(2));
  TurnClient churner(small), other(small, "bob", Transport::kUdp, at("198.51.100.2:5001"));
  for (const int code : {200, 200, 486}) {
    EXPECT_EQ(churner.allocate().code(), code);
    EXPECT_EQ(churner.refresh(0).code(), code == 200 ? 200 : 437);
    small.advance(10s);
  }
  EXPECT_EQ(other.allocate().code(), 200);
  EXPECT_EQ(churner.allocate().code(), 200);  // the first has rested for thirty seconds
  EXPECT_EQ(small.quotas.of_user("alice"), 2u);
  small.advance(600s);  // both have ended, and rest
  EXPECT_EQ(small.quotas.of_user("alice"), 1u);
  small.advance(30s);
  EXPECT_EQ(small.quotas.of_user("alice") + small.quotas.of_user("bob"), 0u);
}

TEST_F(AllocatePortsTest, RestingPortsCountAgainstTheirSourceToo) {
  TurnWorld small(with_places(0, 2));
  TurnClient alice(small), bob(small, "bob", Transport::kUdp, at("198.51.100.1:5001")),
      elsewhere(small, "bob", Transport::kUdp, at("198.51.100.2:5001"));
  for (auto* churner : {&alice, &bob}) {
    EXPECT_EQ(churner->allocate().code(), 200);
    EXPECT_EQ(churner->refresh(0).code(), 200);
  }
  EXPECT_EQ(alice.allocate().code(), 486);
  EXPECT_EQ(small.rejected(Reject::kSourceQuota), 1u);
  EXPECT_EQ(elsewhere.allocate().code(), 200);
}

TEST_F(AllocatePortsTest, DualAllocationRestsOnOnePlace) {
  TurnWorld small(with_places(1));
  TurnClient dual(small);
  EXPECT_EQ(dual.allocate([](auto& m) { m.additional(Family::kIpv6); }).code(), 200);
  EXPECT_EQ(dual.request(Method::kRefresh, [](auto& m) { m.lifetime(0).family(Family::kIpv6); }).code(), 200);
  small.advance(20s);
  EXPECT_EQ(dual.refresh(0).code(), 200);
  small.advance(29s);
  EXPECT_EQ(small.quotas.of_user("alice"), 1u);
  small.advance(1s);
  EXPECT_EQ(small.quotas.of_user("alice"), 0u);
}

TEST_F(AllocatePortsTest, ReservationCountsUntilItsPortIsFree) {
  TurnWorld small(with_places(2));
  TurnClient reserving(small);
  EXPECT_EQ(reserving.allocate(kReserving).code(), 200);
  EXPECT_EQ(small.quotas.of_user("alice"), 2u);
  EXPECT_EQ(small.ports.reserved(), 1u);
  EXPECT_EQ(reserving.refresh(0).code(), 200);
  EXPECT_EQ(reserving.allocate().code(), 486);
  small.advance(30s);  // the reservation is over; its port rests, the other has rested
  EXPECT_EQ(small.ports.reserved(), 0u);
  EXPECT_EQ(small.quotas.of_user("alice"), 1u);
  EXPECT_EQ(reserving.allocate(kReserving).code(), 486);
  EXPECT_EQ(small.quotas.of_user("alice"), 1u);  // nothing was taken by half
  small.advance(30s);
  EXPECT_EQ(small.quotas.of_user("alice"), 0u);
}

TEST_F(AllocatePortsTest, WhoClaimsHisOwnReservationNeedsNoOtherPlace) {  // RTP and RTCP at a quota of two
  TurnWorld small(with_places(2));
  TurnClient rtp(small), rtcp(small, "alice", Transport::kUdp, at("198.51.100.1:5001")),
      bob(small, "bob", Transport::kUdp, at("198.51.100.2:5001"));
  const auto reserve = [&] {
    const auto answer = rtp.allocate(kReserving);
    return support::copy_of(answer.message().find(AttributeType::kReservationToken)->value);
  };
  const auto token = reserve();
  EXPECT_EQ(rtcp.allocate([&](auto& m) { m.token(token); }).code(), 200);
  EXPECT_EQ(small.quotas.of_user("alice"), 2u);
  small.advance(600s);
  small.advance(30s);
  const auto second = reserve();
  EXPECT_EQ(bob.allocate([&](auto& m) { m.token(second); }).code(), 200);
  EXPECT_EQ(small.quotas.of_user("alice"), 1u);
  EXPECT_EQ(small.quotas.of_user("bob"), 1u);
}

TEST_F(AllocatePortsTest, NobodyIsTurnedAwayWhilePortsOnlyRest) {
  TurnWorld full(with_places(0));
  std::vector<std::unique_ptr<TurnClient>> clients;
  const auto admit = [&] {
    const base::Endpoint from{ip("198.51.100.3"), static_cast<uint16_t>(1000 + clients.size())};
    clients.push_back(std::make_unique<TurnClient>(full, "alice", Transport::kUdp, from));
    return clients.back()->allocate().code();
  };
  const size_t ports = support::FakePorts::kLastPort - support::FakePorts::kFirstPort + 1;
  for (size_t i = 0; i < ports; ++i) ASSERT_EQ(admit(), 200);
  EXPECT_EQ(admit(), 508);
  for (size_t i = 0; i < ports; ++i) ASSERT_EQ(clients[i]->refresh(0).code(), 200);
  for (size_t i = 0; i < ports; ++i) ASSERT_EQ(admit(), 200);
  EXPECT_EQ(admit(), 508);
  EXPECT_EQ(full.ports.leaked(), 0u);
  EXPECT_EQ(full.quotas.of_user("alice"), ports);
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
