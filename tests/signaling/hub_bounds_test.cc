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
  world.send(from, "phone", std::string(900, 'a'), 1);
  world.send(from, "phone", "b", 2);
  EXPECT_THAT(world.heard(from), ElementsAre("refused 507 id=2"));
  world.confirm(to, 1);
  world.send(from, "phone", "b", 2);
  world.confirm(to, 2);
  EXPECT_THAT(world.heard(from), ElementsAre("#2 delivered 1", "#3 delivered 2"));
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
