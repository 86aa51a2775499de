// Refresh (RFC 8656 §8.2).
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

using base::Family;

class RefreshTest : public testing::Test {
 protected:
  RefreshTest() { EXPECT_EQ(client.allocate().code(), 200); }
  Answer refresh_family(Family family, uint32_t lifetime) {
    return client.request(Method::kRefresh, [&](auto& m) { m.lifetime(lifetime).family(family); });
  }
  TurnWorld world;
  TurnClient client{world};
};

TEST_F(RefreshTest, PutsOffTheEnd) {
  world.advance(599s);
  EXPECT_EQ(client.refresh().lifetime(), 600u);
  world.advance(599s);
  EXPECT_TRUE(client.is_allocated());
  world.advance(1s);
  EXPECT_FALSE(client.is_allocated());
}

TEST_F(RefreshTest, GrantsBetweenTheDefaultAndTheMost) {
  const std::pair<uint32_t, uint32_t> wanted_and_granted[] = {{1, 600}, {900, 900}, {4'000'000, 3600}};
  for (const auto& [wanted, granted] : wanted_and_granted) {
    EXPECT_EQ(client.refresh(wanted).lifetime(), granted);
    EXPECT_EQ(client.allocation()->deadline(), world.clock.steady() + std::chrono::seconds(granted));
  }
}

TEST_F(RefreshTest, MayShortenALongLifetime) {
  EXPECT_EQ(client.refresh(3600).lifetime(), 3600u);
  EXPECT_EQ(client.refresh(700).lifetime(), 700u);
  world.advance(700s);
  EXPECT_FALSE(client.is_allocated());
}

TEST_F(RefreshTest, OfZeroEndsTheAllocationAndGivesEverythingBack) {
  const auto answer = client.refresh(0);
  EXPECT_EQ(answer.code(), 200);
  EXPECT_EQ(answer.lifetime(), 0u);
  EXPECT_EQ(check_message_integrity(answer.message(), client.login.keys().md5), stun::Check::kRight);
  EXPECT_FALSE(client.is_allocated());
  EXPECT_EQ(world.ports.opened(), 0u);
  EXPECT_EQ(world.quotas.in_all(), 0u);
  EXPECT_EQ(world.server.poll_timeout(), std::nullopt);
  EXPECT_EQ(client.refresh(0).code(), 437);  // resent: clients take it for success
}

TEST_F(RefreshTest, WithoutAllocationIsAMismatch) {
  TurnClient other(world, "alice", Transport::kUdp, at("198.51.100.1:5001"));
  EXPECT_EQ(other.refresh().code(), 437);
}

TEST_F(RefreshTest, OfSomebodyElsesAllocationNeedsTheirCredentials) {  // §5
  TurnClient bob(world, "bob");
  EXPECT_EQ(bob.refresh(0).code(), 441);
  EXPECT_TRUE(client.is_allocated());
}

TEST_F(RefreshTest, WithAShortAttributeIsBad) {  // least of all may it end what the client did not name
  const std::array<uint8_t, 2> two{};
  for (const auto type : {AttributeType::kLifetime, AttributeType::kRequestedAddressFamily}) {
    const auto answer =
        client.request(Method::kRefresh, [&](auto& m) { m.attribute(type, two).lifetime(0); });
    EXPECT_EQ(answer.code(), 400);
    EXPECT_TRUE(client.is_allocated());
  }
}

TEST_F(RefreshTest, OfAFamilyThatIsNotThereIsRefused) {
  EXPECT_EQ(refresh_family(Family::kIpv6, 600).code(), 443);
  EXPECT_EQ(refresh_family(Family::kIpv6, 0).code(), 443);
  EXPECT_EQ(refresh_family(Family::kIpv4, 600).code(), 200);
  EXPECT_TRUE(client.is_allocated());
}

class DualRefreshTest : public RefreshTest {
 protected:
  DualRefreshTest() {
    EXPECT_EQ(client.refresh(0).code(), 200);
    EXPECT_EQ(client.allocate([](auto& m) { m.additional(Family::kIpv6); }).code(), 200);
    EXPECT_EQ(client.permit({kPeer, kPeer6}).code(), 200);
    EXPECT_EQ(client.bind(0x4000, kPeer6).code(), 200);
  }
};

TEST_F(DualRefreshTest, OfZeroAndOneFamilyEndsThatHalf) {  // §8.1: without a family it applies to both
  EXPECT_EQ(refresh_family(Family::kIpv6, 0).code(), 200);
  ASSERT_TRUE(client.is_allocated());
  EXPECT_EQ(world.ports.opened(), 1u);
  EXPECT_EQ(world.gauge(), 1u);
  EXPECT_EQ(client.permit({kPeer6}).code(), 443);
  EXPECT_TRUE(client.channel_data(0x4000, octets("x")).nothing());
  EXPECT_TRUE(client.send_indication(kPeer, octets("x")).to_peer());
  EXPECT_EQ(refresh_family(Family::kIpv4, 0).code(), 200);
  EXPECT_FALSE(client.is_allocated());
  EXPECT_EQ(world.ports.opened(), 0u);
  EXPECT_EQ(world.quotas.in_all(), 0u);
  EXPECT_EQ(world.gauge(), 0u);
}

TEST_F(DualRefreshTest, OfZeroEndsBoth) {
  EXPECT_EQ(client.refresh(0).code(), 200);
  EXPECT_FALSE(client.is_allocated());
  EXPECT_EQ(world.ports.opened(), 0u);
}

}  // namespace
}  // namespace relay
