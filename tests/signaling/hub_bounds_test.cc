// Every table and queue of the hub has a bound: what happens there, and who hears of it.
#include <gmock/gmock.h>

#include "tests/signaling/hub_session_fixture.h"

namespace signaling {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

using HubBoundsTest = HubSessionTest;

TEST_F(HubBoundsTest, HistoryIsBoundedInCountBytesAndTime) {
  connect(false);
  HubOptions options;
  options.rates = {10000, 10000, 10'000'000, 10'000'000};
  world.hub.change_options(options);
  for (int i = 0; i < 300; ++i) world.send(from, "phone", "x");
  world.detach(to);
  EXPECT_THAT(world.heard(world.attach(phone, false, world.resume(to, 43)))[0], "welcome fresh desk+ phone+");

  connect(false);
  for (int i = 0; i < 10; ++i) world.send(from, "phone", std::string(50'000, 'x'));
  world.detach(to);
  EXPECT_EQ(world.heard(world.attach(phone, false, world.resume(to, 5))).size(), 1u + 5);

  connect(false);
  world.send(from, "phone", "old");
  world.pass(91s);
  world.send(from, "phone", "new");
  world.detach(to);
  EXPECT_THAT(world.heard(world.attach(phone, false, world.resume(to, 1))),
              ElementsAre("welcome back desk+ phone+", "#2 desk:2 data new"));
}

struct QueueTest : HubSessionTest {
  static HubOptions small() {
    HubOptions options;
    options.offline_queue = {.messages = 2, .bytes = 1000};
    options.queued_bytes = 1500;
    options.receiver_bytes = 0;
    return options;
  }
  QueueTest() : HubSessionTest(small()) {}
};

TEST_F(QueueTest, IsBoundedInMessagesBytesAndOverAll) {
  const auto tablet = world.add(1, "tablet");
  from = world.attach(desk);
  (void)world.heard(from);
  world.send(from, "phone", "a", 1), world.send(from, "phone", "b", 2), world.send(from, "phone", "c", 3);
  EXPECT_THAT(world.heard(from), ElementsAre("#1 queued 1", "#2 queued 2", "refused 507 id=3"));
  world.send(from, "tablet", std::string(900, 'x'), 3);
  world.send(from, "tablet", std::string(800, 'x'), 4);
  EXPECT_THAT(world.heard(from), ElementsAre("refused 507 id=3", "#3 queued 4"));
  const auto third = world.add(1, "third");
  (void)world.heard(from);
  world.send(from, "third", std::string(600, 'x'), 5);  // over all queues
  EXPECT_THAT(world.heard(from), ElementsAre("refused 507 id=5"));
  EXPECT_EQ(world.heard(world.attach(tablet)).size(), 2u);
  (void)world.heard(from);
  world.send(from, "third", std::string(600, 'x'), 5);
  EXPECT_THAT(world.heard(from), ElementsAre("#7 queued 5"));
  EXPECT_EQ(world.hub.is_online(third), false);
}

struct HistoryTest : HubSessionTest {
  static HubOptions small() {
    HubOptions options;
    options.history_bytes = 1000;
    options.receiver_bytes = 0;
    return options;
  }
  HistoryTest() : HubSessionTest(small()) {}
};

TEST_F(HistoryTest, OverAllIsBoundedAndWhatHasArrivedIsGivenUp) {
  connect(false);
  world.send(from, "phone", std::string(900, 'a'));
  EXPECT_GT(world.hub.history_bytes(), 1000u);
  world.send(from, "phone", std::string(900, 'b'));
  EXPECT_LT(world.hub.history_bytes(), 900u);
  EXPECT_EQ(world.heard(to).size(), 2u);
  world.detach(to);
  EXPECT_THAT(world.heard(world.attach(phone, false, world.resume(to, 1))),
              ElementsAre("welcome fresh desk+ phone+"));
}

TEST_F(HistoryTest, OverAllIsBoundedAndWhatIsUnconfirmedIsNotLost) {
  connect(true);
  auto options = small();
  options.history_bytes = world.hub.history_bytes() + 1100;
  world.hub.change_options(options);
  world.send(from, "phone", std::string(900, 'a'), 1);
  world.send(from, "phone", "b", 2);
  EXPECT_THAT(world.heard(from), ElementsAre("refused 507 id=2"));
  world.confirm(to, 1);
  world.send(from, "phone", "b", 2);
  world.confirm(to, 2);
  EXPECT_THAT(world.heard(from), ElementsAre("#2 delivered 1", "#3 delivered 2"));
}

// Strangers to the receivers, with peers of their own, fill what all share.
struct SharedPoolTest : HubSessionTest {
  static HubOptions small() {
    HubOptions options;
    options.history_bytes = options.queued_bytes = 8000;
    options.receiver_bytes = 1000;
    options.user_bytes = 2000;
    return options;
  }
  SharedPoolTest() : HubSessionTest(small()) {}
  // How many of `count` messages of 372 octets each, overhead included, a peer of `user` takes of another.
  int fill(int64_t user, int count, bool connected) {
    const auto name = "sink" + std::to_string(++sinks);
    const auto source = world.attach(world.add(user, "source" + std::to_string(sinks)));
    const auto sink = world.add(user, name);
    if (connected) world.attach(sink, /*confirms=*/true);
    (void)world.heard(source);
    for (int i = 1; i <= count; ++i) world.send(source, name, std::string(372, 'x'), i);
    int refused = 0;
    for (const auto& line : world.heard(source)) refused += line.starts_with("refused 507");
    return count - refused;
  }
  int sinks = 0;
};

TEST_F(SharedPoolTest, NobodyElsesFillingTakesAReceiversFloor) {
  connect(true);
  for (int64_t user = 10; user < 20; ++user) {
    fill(user, 40, true);
    EXPECT_GE(fill(user, 40, false), 2);
  }
  EXPECT_GE(world.hub.history_bytes(), 8000u);
  world.send(from, "phone", std::string(372, 'a'), 1);
  world.send(from, "phone", std::string(372, 'b'), 2);
  EXPECT_EQ(world.heard(to).size(), 2u);
  world.send(from, "phone", std::string(372, 'c'), 3);
  EXPECT_THAT(world.heard(from), ElementsAre("refused 507 id=3"));
  world.detach(to, Ending::kClean);
}

// Its sender had been told that it was delivered, and the session could not resume: the others' history alone
// had filled what all share.
TEST_F(SharedPoolTest, WhatOthersKeepLeavesWhatArrivedToBeRepeated) {
  for (int64_t user = 10; user < 20; ++user) fill(user, 40, /*connected=*/false);
  for (int64_t user = 30; user < 40; ++user) {
    const auto source = world.attach(world.add(user, "source"));
    const auto sink = world.attach(world.add(user, "sink"));
    for (int i = 0; i < 8; ++i) world.send(source, "sink", std::string(372, 'x'));
    (void)world.heard(sink);
  }
  EXPECT_GE(world.hub.history_bytes(), 8000u);
  connect(false);
  world.send(from, "phone", "a", 1);
  EXPECT_THAT(world.heard(from), Contains("#2 delivered 1"));
  world.detach(to);
  EXPECT_THAT(world.heard(world.attach(phone, false, world.resume(to, 0))),
              Contains("#1 desk:1 data a id=1"));
}

TEST_F(SharedPoolTest, OneUsersHistoryLeavesTheOthersTheirs) {
  for (int i = 0; i < 20; ++i) {
    const auto name = std::to_string(i);
    const auto source = world.attach(world.add(10, "source" + name));
    world.attach(world.add(10, "sink" + name));
    for (int n = 0; n < 8; ++n) world.send(source, "sink" + name, std::string(372, 'x'));
  }
  EXPECT_LT(world.hub.history_bytes(), 8000u + 40 * 1000) << "a floor for each";
}

TEST_F(SharedPoolTest, OneUserHasItsShareOfWhatIsScarce) {
  EXPECT_EQ(fill(10, 40, false), 8) << "up to half of all it is free";
  EXPECT_EQ(fill(10, 40, false), 2) << "its floor";
  EXPECT_EQ(fill(11, 40, false), 4) << "another user's share";
}

// A receiver whose client reads nothing.
struct FullWires : Wires {
  bool can_take(ConnectionId connection, size_t) override { return connection != full; }
  ConnectionId full{};
};

// "delivered" went to the sender before the receiver's connection had refused the frame.
TEST_F(HubBoundsTest, WhatNoConnectionTookWasNotDelivered) {
  FullWires wires;
  world.hub.use(wires);
  connect(false);
  world.send(from, "phone", "a", 1);
  wires.full = to;
  world.send(from, "phone", "b", 2);
  EXPECT_THAT(world.heard(from), ElementsAre("#2 delivered 1", "#3 queued 2"));
  EXPECT_THAT(world.heard(to), ElementsAre("#1 desk:1 data a id=1", "close 1013"));
  EXPECT_EQ(world.hub.counters().dropped_slow, 1u);
  world.send(from, "phone", "c", 3);
  EXPECT_THAT(world.heard(world.attach(phone, false, world.resume(to, 1))),
              ElementsAre("welcome back desk+ phone+", "#2 desk:2 data b id=2", "#3 desk:3 data c id=3"));
  EXPECT_THAT(world.heard(from), ElementsAre("#4 queued 3", "#5 delivered 2", "#6 delivered 3"));
}

TEST_F(HubBoundsTest, WhoWritesToItselfAndDoesNotReadIsClosed) {
  FullWires wires;
  world.hub.use(wires);
  connect(false);
  wires.full = from;
  world.send(from, "desk", "x", 1);
  EXPECT_THAT(world.heard(from), ElementsAre("close 1013"));
  connect(false);
  wires.full = from;
  HubOptions options;
  options.offline_queue.messages = 0;
  world.hub.change_options(options);
  world.send(from, "desk", "x", 2);
  EXPECT_THAT(world.heard(from), ElementsAre("close 1013"));
}

TEST_F(HubBoundsTest, ANameThatNothingWaitsForIsFullInstead) {
  FullWires wires;
  world.hub.use(wires);
  world.hub.open_realm(UserId{-2}, {});
  const auto a = world.attach(Ephemeral{.realm = UserId{-2}, .name = "a", .secret = "s"});
  wires.full = world.attach(Ephemeral{.realm = UserId{-2}, .name = "b", .secret = "s"});
  (void)world.heard(a);
  world.send(a, "b", "x");
  EXPECT_THAT(world.heard(a), ElementsAre("refused 507"));
}

TEST_F(HubBoundsTest, AReceiverThatConfirmsNothingIsBoundedAndItsSendersHear) {
  connect(true);
  HubOptions options;
  options.history.messages = 3;
  world.hub.change_options(options);
  for (uint64_t id = 1; id <= 4; ++id) world.send(from, "phone", "x", id);
  EXPECT_THAT(world.heard(from), ElementsAre("refused 507 id=4"));
  world.confirm(to, 2);
  EXPECT_THAT(world.heard(from), ElementsAre("#2 delivered 1", "#3 delivered 2"));
  world.pass(31s);
  EXPECT_THAT(world.heard(from), ElementsAre("#4 lost 3 to phone"));
  world.confirm(to, 3);
  EXPECT_THAT(world.heard(from), IsEmpty());
}

// Each return took the queue anew, and what was unconfirmed grew by it until confirm_within.
TEST_F(HubBoundsTest, AReceiverThatComesAndGoesWithoutConfirmingIsBoundedToo) {
  HubOptions options;
  options.history.messages = 3;
  options.offline_queue.messages = 2;
  world.hub.change_options(options);
  connect(true);
  uint64_t id = 0;
  for (int i = 0; i < 5; ++i) {
    world.detach(to);
    for (int j = 0; j < 2; ++j) world.send(from, "phone", "x", ++id);
    to = world.attach(phone, true, world.resume(to, 0));
    (void)world.heard(to);
  }
  const auto heard = world.heard(from);
  EXPECT_EQ(std::ranges::count_if(heard, [](const auto& what) { return what.starts_with("refused 507"); }),
            6);
  EXPECT_THAT(heard, Contains("refused 507 id=5"));
  EXPECT_THAT(heard, Not(Contains("refused 507 id=4")));
}

TEST_F(HubBoundsTest, OnePeerCannotMakeTheHubRememberEndlessIds) {
  HubOptions options;
  options.unanswered_ids = 2;
  world.hub.change_options(options);
  connect(true);
  for (uint64_t id = 1; id <= 3; ++id) world.send(from, "phone", "x", id);
  EXPECT_THAT(world.heard(from), ElementsAre("refused 429 id=3"));
}

TEST_F(HubBoundsTest, BeyondItsCapacityTheHubClosesNewConnectionsOnly) {
  HubOptions options;
  options.sessions = 1;
  world.hub.change_options(options);
  from = world.attach(desk);
  EXPECT_THAT(world.heard(world.attach(phone)), ElementsAre("close 1013"));
  EXPECT_THAT(world.heard(world.attach(desk)), ElementsAre("welcome fresh desk+ phone-"));
}

}  // namespace
}  // namespace signaling
