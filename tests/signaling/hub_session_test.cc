// Sessions outlive connections: takeover, resume, waiting messages, receipts, presence.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/signaling/hub_session_fixture.h"

namespace signaling {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

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
  EXPECT_THAT(world.heard(newer), ElementsAre("#1 desk:1 data x"));
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
    EXPECT_THAT(world.heard(again), ElementsAre("welcome back desk+ phone+", "#2 desk:2 data b",
                                                "#3 desk:3 data c", "#4 desk:4 data d"));
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
              ElementsAre("welcome back desk+ phone+", "#1 desk:1 data lost on the way id=1"));
  EXPECT_THAT(world.heard(to), ElementsAre("#1 desk:1 data lost on the way id=1", "close 4001"));
}

TEST_F(HubSessionTest, AFreshSessionGetsOnlyWhatNobodyTookOrConfirmed) {
  connect(true);
  world.send(from, "phone", "seen"), world.send(from, "phone", "unconfirmed");
  world.confirm(to, 1);
  world.detach(to);
  world.send(from, "phone", "waiting");
  const auto again = world.attach(phone);
  EXPECT_THAT(world.heard(again), ElementsAre("welcome fresh desk+ phone+", "#1 desk:1 data unconfirmed",
                                              "#2 desk:2 data waiting"));
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

// At PeerBook a message to an offline peer vanishes and the sender is not told.
TEST_F(HubSessionTest, ClosesTheHoleThatMessagesToOfflinePeersVanish) {
  from = world.attach(desk);
  world.send(from, "phone", "a", 1);
  world.send(from, "phone", "b");
  EXPECT_THAT(world.heard(from), ElementsAre("welcome fresh desk+ phone-", "#1 queued 1"));
  to = world.attach(phone);
  EXPECT_THAT(world.heard(to),
              ElementsAre("welcome fresh desk+ phone+", "#1 desk:1 data a id=1", "#2 desk:2 data b"));
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
              ElementsAre("welcome back desk+ phone+", "#1 desk:2 data arrives", "#2 phone online"));
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
              ElementsAre("welcome back desk+ phone+", "#2 desk:2 data b id=6"));
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
              ElementsAre("welcome back desk+ phone-", "#2 desk:2 data b id=2", "#3 delivered 1"));
}

TEST_F(HubSessionTest, AResumedPeerDoesNotBelieveItselfOffline) {
  connect(false);
  world.detach(from);
  world.pass(6s);
  world.change(desk, [](Peer& peer) { peer.name = "table"; });
  EXPECT_THAT(world.heard(world.attach(desk, false, world.resume(from, 1))),
              ElementsAre("welcome back table+ phone+", "#2 table offline was desk", "#3 table online"));
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

}  // namespace
}  // namespace signaling
