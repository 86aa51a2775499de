// Realms without registration, as the PeerJS and ice-test dialects use them.
#include <gmock/gmock.h>

#include "tests/signaling/hub_world.h"

namespace signaling {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr UserId kPeerjs{-1}, kIceTest{-2};

struct HubRealmTest : testing::Test {
  HubRealmTest() {
    world.hub.open_realm(kPeerjs, {.queue = {.messages = 4, .age = 5s},
                                   .queue_for_absent = true,
                                   .queue_expires_whole = true,
                                   .absent_names = 2});
    world.hub.open_realm(kIceTest, {});
  }
  ConnectionId join(const std::string& name, const std::string& secret = "s", UserId realm = kPeerjs) {
    const auto connection = world.attach(Ephemeral{.realm = realm, .name = name, .secret = secret});
    return connection;
  }
  HubWorld world;
};

TEST_F(HubRealmTest, NamesReachEachOtherWithinARealmOnly) {
  const auto a = join("a"), b = join("b"), elsewhere = join("b", "s", kIceTest);
  world.send(a, "b", "x");
  EXPECT_THAT(world.heard(b), ElementsAre("welcome fresh", "#1 a:0 data x"));
  EXPECT_THAT(world.heard(elsewhere), ElementsAre("welcome fresh"));
  EXPECT_THAT(world.heard(a), ElementsAre("welcome fresh"));  // no list, no presence
  EXPECT_THAT(world.hub.names_in(kPeerjs), ElementsAre("a", "b"));
  world.send(elsewhere, "a", "x");
  EXPECT_THAT(world.heard(elsewhere), ElementsAre("refused 404"));
}

TEST_F(HubRealmTest, RegisteredPeersAreOutOfReach) {
  const auto desk = world.add(1, "desk");
  const auto registered = world.attach(desk);
  const auto a = join("a", "s", kIceTest);
  world.send(a, "desk", "x"), world.send(a, fingerprint_of(desk), "x"), world.send(registered, "a", "x");
  EXPECT_THAT(world.heard(a), ElementsAre("welcome fresh", "refused 404", "refused 404"));
  EXPECT_THAT(world.heard(registered), ElementsAre("welcome fresh desk+", "refused 404"));
}

// [TRAP] of peerjs-server: takeover sends no OPEN and does not close the older socket.
TEST_F(HubRealmTest, TheSameSecretTakesANameOverAndIsWelcomed) {
  const auto a = join("a"), again = join("a");
  EXPECT_THAT(world.heard(a), ElementsAre("welcome fresh", "close 4001"));
  EXPECT_THAT(world.heard(again), ElementsAre("welcome fresh"));
}

TEST_F(HubRealmTest, AnotherSecretIsRefusedUntilTheNameIsFree) {
  const auto a = join("a");
  const auto thief = join("a", "other");
  EXPECT_THAT(world.heard(thief), ElementsAre("refused 409"));
  world.send(thief, "a", "x");  // not attached
  EXPECT_THAT(world.heard(thief), IsEmpty());
  world.detach(a);
  EXPECT_THAT(world.heard(join("a", "other")), ElementsAre("welcome fresh"));
  EXPECT_THAT(world.heard(join("a")), ElementsAre("refused 409"));
}

TEST_F(HubRealmTest, MessagesWaitForAnAbsentNameInOrder) {
  const auto a = join("a");
  world.send(a, "b", "o"), world.send(a, "b", "c", {}, MessageKind::kCandidate);
  EXPECT_THAT(world.heard(join("b")), ElementsAre("welcome fresh", "#1 a:0 data o", "#2 a:0 candidate c"));
  EXPECT_THAT(world.heard(a), ElementsAre("welcome fresh"));
}

TEST_F(HubRealmTest, AQueueExpiresAsAWholeAndEachSenderIsToldOnce) {
  const auto a = join("a"), c = join("c");
  world.send(a, "b", "o");
  world.pass(4s);
  world.send(a, "b", "o2"), world.send(c, "b", "o3");
  world.pass(1500ms);
  EXPECT_THAT(world.heard(a), ElementsAre("welcome fresh", "#1 lost to b"));
  EXPECT_THAT(world.heard(c), ElementsAre("welcome fresh", "#1 lost to b"));
  EXPECT_THAT(world.heard(join("b")), ElementsAre("welcome fresh"));
  EXPECT_EQ(world.hub.queued_bytes(), 0u);
}

TEST_F(HubRealmTest, MessagesToWhomHasLeftWaitAndExpireToo) {
  const auto a = join("a"), b = join("b");
  world.detach(b);
  world.send(a, "b", "o");
  world.pass(6s);
  EXPECT_THAT(world.heard(a), ElementsAre("welcome fresh", "#1 lost to b"));
}

// peerjs-server queues without bound.
TEST_F(HubRealmTest, ClosesTheHoleThatAbsentNamesAndTheirQueuesAreUnbounded) {
  const auto a = join("a");
  (void)world.heard(a);
  for (int i = 0; i < 5; ++i) world.send(a, "x", "o");
  EXPECT_THAT(world.heard(a), ElementsAre("refused 507"));
  world.send(a, "y", "o"), world.send(a, "z", "o");
  EXPECT_THAT(world.heard(a), ElementsAre("refused 507"));
  world.pass(6s);
  EXPECT_EQ(world.hub.session_count(), 1u);
  (void)world.heard(a);
  world.send(a, "z", "o");
  EXPECT_THAT(world.heard(a), IsEmpty());
}

TEST_F(HubRealmTest, StrangersDoNotFillTheQueuesOfUsers) {
  world.hub.open_realm(kPeerjs, {.queue = {.age = 5s}, .queue_for_absent = true, .queued_bytes = 2000});
  const auto a = join("a"), desk = world.attach(world.add(1, "desk"));
  (void)world.add(1, "phone");
  for (const auto* name : {"x", "y", "z"}) world.send(a, name, std::string(800, 'o'));
  EXPECT_THAT(world.heard(a), ElementsAre("welcome fresh", "refused 507"));
  world.send(desk, "phone", std::string(800, 'o'), 1);
  EXPECT_THAT(world.heard(desk), ElementsAre("welcome fresh desk+", testing::_, "#2 queued 1"));
}

TEST_F(HubRealmTest, ARealmHasItsOwnRates) {
  world.hub.open_realm(kPeerjs, {.rates = {.messages_per_second = 1, .burst_messages = 2}});
  const auto a = join("a"), b = join("b");
  for (int i = 0; i < 3; ++i) world.send(a, "b", "o");
  EXPECT_THAT(world.heard(a), ElementsAre("welcome fresh", "refused 429"));
  EXPECT_EQ(world.heard(b).size(), 3u);
}

TEST_F(HubRealmTest, TellsWhoIsConnected) {
  const auto a = join("a");
  EXPECT_TRUE(world.hub.is_connected(kPeerjs, "a"));
  EXPECT_FALSE(world.hub.is_connected(kIceTest, "a"));
  world.send(a, "b", "o");
  EXPECT_FALSE(world.hub.is_connected(kPeerjs, "b"));
  world.detach(a);
  EXPECT_FALSE(world.hub.is_connected(kPeerjs, "a"));
}

// [TRAP] of ice-test: a receiver that is gone blocks every sender.
TEST_F(HubRealmTest, WithoutAQueueAnAbsentNameIsUnknown) {
  const auto a = join("a", "", kIceTest);
  world.send(a, "b", "o");
  EXPECT_THAT(world.heard(a), ElementsAre("welcome fresh", "refused 404"));
}

TEST_F(HubRealmTest, WithoutAQueueANameThatHasLeftIsUnknownAtOnce) {
  const auto a = join("a", "", kIceTest), b = join("b", "", kIceTest);
  world.detach(b);
  world.send(a, "b", "o");
  EXPECT_THAT(world.heard(a), ElementsAre("welcome fresh", "refused 404"));
}

}  // namespace
}  // namespace signaling
