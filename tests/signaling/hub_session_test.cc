// Sessions outlive connections: takeover, resume, waiting messages, receipts, presence.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/signaling/hub_world.h"

namespace signaling {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

struct HubSessionTest : testing::Test {
  explicit HubSessionTest(const HubOptions& options = {}) : world(options) {}

  // Two connected peers that have read their greetings; the frames of `from` start at #2, those of `to` at
  // #1.
  void connect(bool confirms) {
    from = world.attach(desk);
    to = world.attach(phone, confirms);
    (void)world.heard(from), (void)world.heard(to);
  }

  HubWorld world;
  PeerId desk = world.add(1, "desk");
  PeerId phone = world.add(1, "phone");
  ConnectionId from{}, to{};
};

// Two sockets with one fingerprint both receive everything at PeerBook, and the end of the old one marks the
// new offline.
TEST_F(HubSessionTest, ANewerConnectionTakesOverAndTheLateEndOfTheOlderChangesNothing) {
  connect(false);
  const auto newer = world.attach(phone);
  EXPECT_THAT(world.heard(to), ElementsAre("close 4001"));
  EXPECT_THAT(world.heard(newer), ElementsAre("welcome fresh desk+ phone+"));
  world.detach(to, Ending::kClean);
  world.pass(10s);
  world.send(to, "desk", "from the grave");
  world.send(from, "phone", "x");
  EXPECT_THAT(world.heard(newer), ElementsAre("#1 desk:1 offer x"));
  EXPECT_THAT(world.heard(from), IsEmpty());
  EXPECT_TRUE(world.hub.is_online(phone));
}

TEST_F(HubSessionTest, ResumeRepeatsWhatWasMissedWithTheSameNumbersAndThenWhatWaited) {
  for (const bool confirms : {false, true}) {
    connect(confirms);
    for (const auto* body : {"a", "b", "c"}) world.send(from, "phone", body);
    world.detach(to);
    world.send(from, "phone", "d");
    const auto again = world.attach(phone, confirms, world.resume(to, 1));
    EXPECT_THAT(world.heard(again), ElementsAre("welcome back desk+ phone+", "#2 desk:2 offer b",
                                                "#3 desk:3 offer c", "#4 desk:4 offer d"));
    EXPECT_THAT(world.heard(from), IsEmpty());  // never offline to the others
    world.detach(again, Ending::kClean), world.detach(from, Ending::kClean);
    world.pass(2min);
    (void)world.heard(from);
  }
}

TEST_F(HubSessionTest, ResumeWorksWhileTheServerStillHoldsTheDeadConnection) {
  connect(true);
  world.send(from, "phone", "lost on the way", 1);
  const auto again = world.attach(phone, true, world.resume(to, 0));
  EXPECT_THAT(world.heard(again),
              ElementsAre("welcome back desk+ phone+", "#1 desk:1 offer lost on the way id=1"));
  EXPECT_THAT(world.heard(to), ElementsAre("#1 desk:1 offer lost on the way id=1", "close 4001"));
}

TEST_F(HubSessionTest, AFreshSessionGetsOnlyWhatNobodyTookOrConfirmed) {
  connect(true);
  world.send(from, "phone", "seen"), world.send(from, "phone", "unconfirmed");
  world.confirm(to, 1);
  world.detach(to);
  world.send(from, "phone", "waiting");
  const auto again = world.attach(phone);
  EXPECT_THAT(world.heard(again), ElementsAre("welcome fresh desk+ phone+", "#1 desk:1 offer unconfirmed",
                                              "#2 desk:2 offer waiting"));
}

struct ResumeCase {
  std::string what;
  void (*spoil)(HubSessionTest&, Resume&);
};
class HubResumeTest : public HubSessionTest, public testing::WithParamInterface<ResumeCase> {};

TEST_P(HubResumeTest, IsRefusedAndAFreshSessionBegins) {
  connect(false);
  for (int i = 0; i < 5; ++i) world.send(from, "phone", "x");
  world.detach(to);
  auto resume = world.resume(to, 3);
  GetParam().spoil(*this, resume);
  const auto lines = world.heard(world.attach(phone, false, resume));
  ASSERT_FALSE(lines.empty());
  EXPECT_TRUE(lines[0].starts_with("welcome fresh")) << lines[0];
  EXPECT_THAT(lines, Not(Contains(testing::HasSubstr("#4"))));
}
INSTANTIATE_TEST_SUITE_P(
    Resume, HubResumeTest,
    testing::Values(
        ResumeCase{"the time is over", [](HubSessionTest& test, Resume&) { test.world.pass(31s); }},
        ResumeCase{"another session",
                   [](HubSessionTest& test, Resume& r) { r = test.world.resume(test.from, 3); }},
        ResumeCase{"no session", [](HubSessionTest&, Resume& r) { r.session = ""; }},
        ResumeCase{"a number never given", [](HubSessionTest&, Resume& r) { r.last_seq = 6; }},
        ResumeCase{"any number", [](HubSessionTest&, Resume& r) { r.last_seq = ~uint64_t{0}; }},
        ResumeCase{"a newer session", [](HubSessionTest& test, Resume&) { test.world.attach(test.phone); }},
        ResumeCase{"a revoked token", [](HubSessionTest& test, Resume&) {
                     test.world.hub.end_session(test.world.clock.steady(), test.phone, kCloseRevoked, "");
                   }}));

TEST_F(HubSessionTest, HistoryIsBoundedInCountBytesAndTime) {
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
              ElementsAre("welcome back desk+ phone+", "#2 desk:2 offer new"));
}

// At PeerBook a message to an offline peer vanishes and the sender is not told.
TEST_F(HubSessionTest, ClosesTheHoleThatMessagesToOfflinePeersVanish) {
  from = world.attach(desk);
  world.send(from, "phone", "a", 1);
  world.send(from, "phone", "b");
  EXPECT_THAT(world.heard(from), ElementsAre("welcome fresh desk+ phone-", "#1 queued 1"));
  to = world.attach(phone);
  EXPECT_THAT(world.heard(to),
              ElementsAre("welcome fresh desk+ phone+", "#1 desk:1 offer a id=1", "#2 desk:2 offer b"));
  EXPECT_THAT(world.heard(from), ElementsAre("#2 delivered 1", "#3 phone online"));
}

TEST_F(HubSessionTest, WhatWaitsTooLongIsDroppedAndTheSenderTold) {
  from = world.attach(desk);
  world.send(from, "phone", "a", 1);
  world.pass(10s);
  world.send(from, "phone", "b"), world.send(from, "phone", "c");
  world.pass(21s);
  EXPECT_THAT(world.heard(from),
              ElementsAre("welcome fresh desk+ phone-", "#1 queued 1", "#2 lost 1 to phone"));
  world.pass(10s);
  EXPECT_THAT(world.heard(from), ElementsAre("#3 lost to phone"));  // without ids: once
  EXPECT_THAT(world.heard(world.attach(phone)), ElementsAre("welcome fresh desk+ phone+"));
  EXPECT_EQ(world.hub.queued_bytes(), 0u);
}

TEST_F(HubSessionTest, AMessageThatExpiresInTheResumeWindowLeavesAGapInSeq) {
  HubOptions options;
  options.offline_queue.age = 5s;
  world.hub.change_options(options);
  connect(true);
  world.detach(to);
  world.send(from, "phone", "expires");
  world.pass(6s);
  world.send(from, "phone", "arrives");
  EXPECT_THAT(world.heard(world.attach(phone, true, world.resume(to, 0))),
              ElementsAre("welcome back desk+ phone+", "#1 desk:2 offer arrives", "#2 phone online"));
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

TEST_F(HubSessionTest, AReceiverThatConfirmsNothingIsBoundedAndItsSendersHear) {
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
TEST_F(HubSessionTest, AReceiverThatComesAndGoesWithoutConfirmingIsBoundedToo) {
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

TEST_F(HubSessionTest, ConfirmedIsDeliveredOnceWhateverIsConfirmedAgain) {
  connect(true);
  world.send(from, "phone", "a", 1), world.send(from, "phone", "b", 2);
  EXPECT_THAT(world.heard(from), IsEmpty());
  world.confirm(to, 1), world.confirm(to, 1), world.confirm(to, 0), world.confirm(to, 99),
      world.confirm(to, 2);
  EXPECT_THAT(world.heard(from), ElementsAre("#2 delivered 1", "#3 delivered 2"));
}

TEST_F(HubSessionTest, ARepeatedIdIsAnsweredAgainAndNotRelayedAgain) {
  connect(false);
  world.send(from, "phone", "a", 5);
  world.detach(to);
  world.send(from, "phone", "b", 6);
  (void)world.heard(from), (void)world.heard(to);
  const auto again = world.attach(desk, true, world.resume(from, 1));
  (void)world.heard(again);
  world.send(again, "phone", "a", 5), world.send(again, "phone", "b", 6);
  EXPECT_THAT(world.heard(again), ElementsAre("#4 delivered 5", "#5 queued 6"));
  world.confirm(again, 5);
  world.send(again, "phone", "a", 5), world.send(again, "phone", "b", 6), world.send(again, "phone", "b", 3);
  EXPECT_THAT(world.heard(again),
              ElementsAre("refused 409 id=5", "refused 409 id=3"));  // 6 is still owed one
  EXPECT_THAT(world.heard(world.attach(phone, false, world.resume(to, 1))),
              ElementsAre("welcome back desk+ phone+", "#2 desk:2 offer b id=6"));
  EXPECT_THAT(world.heard(again), ElementsAre("#6 delivered 6"));
}

TEST_F(HubSessionTest, ReceiptsAreForTheSessionThatAskedAndWaitForItsResume) {
  connect(true);
  world.send(from, "phone", "a", 1);
  world.detach(from);
  world.confirm(to, 2);
  const auto again = world.attach(desk, false, world.resume(from, 1));
  EXPECT_THAT(world.heard(again), ElementsAre("welcome back desk+ phone+", "#2 delivered 1"));
  world.send(again, "phone", "b", 2);
  const auto fresh = world.attach(desk);
  world.confirm(to, 3);
  EXPECT_THAT(world.heard(fresh), ElementsAre("welcome fresh desk+ phone+"));  // its ids are others
}

TEST_F(HubSessionTest, AReceiptToOneselfDoesNotOvertakeWhatAResumeRepeats) {
  from = world.attach(desk, /*confirms=*/true);
  world.send(from, "desk", "a", 1), world.send(from, "desk", "b", 2);
  const auto again = world.attach(desk, true, world.resume(from, 1));
  EXPECT_THAT(world.heard(again),
              ElementsAre("welcome back desk+ phone-", "#2 desk:2 offer b id=2", "#3 delivered 1"));
}

TEST_F(HubSessionTest, AResumedPeerDoesNotBelieveItselfOffline) {
  connect(false);
  world.detach(from);
  world.pass(6s);
  world.change(desk, [](Peer& peer) { peer.name = "table"; });
  EXPECT_THAT(world.heard(world.attach(desk, false, world.resume(from, 1))),
              ElementsAre("welcome back table+ phone+", "#2 table offline was desk", "#3 table online"));
}

TEST_F(HubSessionTest, OnePeerCannotMakeTheHubRememberEndlessIds) {
  HubOptions options;
  options.unanswered_ids = 2;
  world.hub.change_options(options);
  connect(true);
  for (uint64_t id = 1; id <= 3; ++id) world.send(from, "phone", "x", id);
  EXPECT_THAT(world.heard(from), ElementsAre("refused 429 id=3"));
}

struct PresenceCase {
  Ending ending;
  std::chrono::milliseconds back_after;
  Lines others_hear;
};
class HubPresenceTest : public HubSessionTest, public testing::WithParamInterface<PresenceCase> {};

TEST_P(HubPresenceTest, IsToldToTheOthers) {
  connect(false);
  world.detach(to, GetParam().ending);
  world.pass(GetParam().back_after);
  world.attach(phone, false, world.resume(to, 0));
  EXPECT_EQ(world.heard(from), GetParam().others_hear);
}
INSTANTIATE_TEST_SUITE_P(
    Presence, HubPresenceTest,
    testing::Values(PresenceCase{Ending::kBroken, 4500ms, {}},
                    PresenceCase{Ending::kBroken, 5500ms, {"#2 phone offline", "#3 phone online"}},
                    PresenceCase{Ending::kBroken, 60s, {"#2 phone offline", "#3 phone online"}},
                    PresenceCase{Ending::kClean, 0ms, {"#2 phone offline", "#3 phone online"}}));

TEST_F(HubSessionTest, UpdatesMissedInTheResumeWindowArriveAndTooManyOfThemEndTheSession) {
  connect(false);
  world.detach(from);
  world.detach(to, Ending::kClean);
  to = world.attach(phone);
  const auto again = world.attach(desk, false, world.resume(from, 1));
  EXPECT_THAT(world.heard(again),
              ElementsAre("welcome back desk+ phone+", "#2 phone offline", "#3 phone online"));
  world.detach(again);
  for (int i = 0; i < 200; ++i) {
    world.detach(to, Ending::kClean);
    to = world.attach(phone);
  }
  EXPECT_THAT(world.heard(world.attach(desk, false, world.resume(again, 3))),
              ElementsAre("welcome fresh desk+ phone+"));
}

TEST_F(HubSessionTest, SilentSessionsLeaveNothingBehind) {
  connect(false);
  world.send(from, "phone", "a", 1);
  world.detach(from), world.detach(to);
  world.pass(2min);
  EXPECT_EQ(world.hub.session_count(), 0u);
  EXPECT_EQ(world.hub.poll_timeout(), std::nullopt);
}

TEST_F(HubSessionTest, AnEndedSessionClosesAndTheOthersSeeItGo) {
  connect(true);
  world.send(from, "phone", "unconfirmed", 1);
  (void)world.heard(to);
  world.hub.end_session(world.clock.steady(), phone, kCloseRevoked, "the token was revoked");
  world.pass(1ms);
  world.pass(31s);
  EXPECT_THAT(world.heard(from), ElementsAre("#2 phone offline", "#3 lost 1 to phone"));
  EXPECT_THAT(world.heard(to), ElementsAre("close 4002"));
}

TEST_F(HubSessionTest, BeyondItsCapacityTheHubClosesNewConnectionsOnly) {
  HubOptions options;
  options.sessions = 1;
  world.hub.change_options(options);
  from = world.attach(desk);
  EXPECT_THAT(world.heard(world.attach(phone)), ElementsAre("close 1013"));
  EXPECT_THAT(world.heard(world.attach(desk)), ElementsAre("welcome fresh desk+ phone-"));
}

}  // namespace
}  // namespace signaling
