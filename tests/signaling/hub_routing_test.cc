// Who may reach whom, in which order, and what is said when not.
#include <gmock/gmock.h>

#include "tests/signaling/hub_world.h"

namespace signaling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

void unverified(Peer& peer) { peer.verified = false; }
void verified(Peer& peer) { peer.verified = true; }

struct HubRoutingTest : testing::Test {
  HubWorld world;
  PeerId desk = world.add(1, "desk");
  PeerId phone = world.add(1, "phone");
  PeerId stranger = world.add(2, "stranger");
};

TEST_F(HubRoutingTest, WelcomeListsThePeersOfTheUserAndNobodyElse) {
  const auto first = world.attach(desk);
  EXPECT_THAT(world.heard(first), ElementsAre("welcome fresh desk+ phone-"));
  const auto second = world.attach(phone);
  EXPECT_THAT(world.heard(second), ElementsAre("welcome fresh desk+ phone+"));
  EXPECT_THAT(world.heard(first), ElementsAre("#1 phone online"));
}

TEST_F(HubRoutingTest, NameAndFingerprintInAnyWritingReachAPeer) {
  const auto from = world.attach(desk);
  const auto to = world.attach(phone);
  (void)world.heard(to);
  std::string with_colons;
  for (size_t i = 0; i < 64; i += 2) with_colons += (i ? ":" : "") + fingerprint_of(phone).substr(i, 2);
  world.send(from, "phone", "a");
  world.send(from, fingerprint_of(phone), "b");
  world.send(from, with_colons, "c");
  EXPECT_THAT(world.heard(to), ElementsAre("#1 desk:1 data a", "#2 desk:2 data b", "#3 desk:3 data c"));
}

// PeerBook tells whose the foreign target is.
TEST_F(HubRoutingTest, ClosesTheHoleThatForeignTargetsAreToldFromUnknownOnes) {
  const auto from = world.attach(desk);
  world.attach(stranger);
  (void)world.heard(from);
  for (const auto& target :
       {std::string("stranger"), fingerprint_of(stranger), std::string("nobody"), std::string(64, 'A'),
        std::string(), std::string(100'000, 'x'), std::string("\0\xff", 2)}) {
    world.send(from, target, "x");
    world.send(from, target, "x", 7);
    EXPECT_THAT(world.heard(from), ElementsAre("refused 404", "refused 404 id=7")) << target.size();
  }
  const auto& first = std::get<Refused>(world.outputs.back().what);
  EXPECT_EQ(first.text, "no such peer");
}

// A never-verified connection of PeerBook's that names a victim's uid may send offers to that user's peers.
TEST_F(HubRoutingTest, ClosesTheHoleThatUnverifiedPeersSendOffers) {
  const auto victim = world.attach(desk);
  (void)world.heard(victim);
  const auto attacker = world.attach(world.add(1, "attacker", unverified));
  EXPECT_THAT(world.heard(attacker), ElementsAre("refused 401"));  // and no list of peers
  world.send(attacker, "desk", "offer", 1);
  world.send(attacker, "nobody", "offer");
  EXPECT_THAT(world.heard(attacker), ElementsAre("refused 401 id=1", "refused 401"));
  EXPECT_THAT(world.heard(victim), ElementsAre("#1 attacker offline unverified"));
}

TEST_F(HubRoutingTest, AnUnverifiedPeerHearsNothingUntilItIsVerifiedOnTheSameConnection) {
  const auto waiting = world.add(1, "tablet", unverified);
  const auto other = world.attach(desk);
  const auto connection = world.attach(waiting);
  world.attach(phone);
  (void)world.heard(other);
  world.send(other, "tablet", "early", 1);
  EXPECT_THAT(world.heard(other), ElementsAre("refused 403 id=1"));
  EXPECT_THAT(world.heard(connection), ElementsAre("refused 401"));
  world.change(waiting, verified);
  EXPECT_THAT(world.heard(connection), ElementsAre("welcome fresh desk+ phone+ tablet+"));
  world.send(other, "tablet", "now");
  EXPECT_THAT(world.heard(connection), ElementsAre("#1 desk:1 data now"));
}

// Strangers register, come and go as they like: the user's own peers must be able to resume all the same.
TEST_F(HubRoutingTest, NobodyHearsOfStrangersComingAndGoingAndOfNewOnesAtARate) {
  const auto other = world.attach(desk);
  (void)world.heard(other);
  const auto waiting = world.add(1, "tablet", unverified);
  EXPECT_THAT(world.heard(other), ElementsAre("#1 tablet offline unverified"));
  for (int i = 0; i < 50; ++i) {
    world.detach(world.attach(waiting), i % 2 ? Ending::kClean : Ending::kBroken);
    world.pass(10s);
  }
  EXPECT_THAT(world.heard(other), IsEmpty());
  for (int i = 0; i < 50; ++i) world.remove(world.add(1, "x" + std::to_string(i), unverified));
  EXPECT_EQ(world.heard(other).size(), HubOptions().burst_stranger_updates);
  world.pass(2s);
  const auto last = world.add(1, "last", unverified);
  EXPECT_EQ(world.heard(other).size(), 1u);
  world.attach(last);
  world.change(last, verified);  // of that everybody hears
  EXPECT_THAT(world.heard(other), ElementsAre(HasSubstr("last online")));
}

TEST_F(HubRoutingTest, WhoLosesItsVerificationIsCutOffAtOnce) {
  const auto from = world.attach(desk);
  const auto to = world.attach(phone, /*confirms=*/true);
  world.send(from, "phone", "unconfirmed", 1);
  (void)world.heard(from), (void)world.heard(to);
  world.change(phone, unverified);
  EXPECT_THAT(world.heard(to), ElementsAre("refused 401"));
  EXPECT_THAT(world.heard(from), ElementsAre("#2 lost 1 to phone", "#3 phone offline unverified"));
  world.send(to, "desk", "x");
  EXPECT_THAT(world.heard(to), ElementsAre("refused 401"));
  EXPECT_THAT(world.heard(from), IsEmpty());
}

TEST_F(HubRoutingTest, WhatAPeerLeftWaitingIsNotDeliveredOnceItIsNotVerifiedAnyMore) {
  const auto from = world.attach(desk);
  world.send(from, "phone", "queued");
  world.change(desk, unverified);
  EXPECT_THAT(world.heard(world.attach(phone)), ElementsAre("welcome fresh desk-? phone+"));
}

TEST_F(HubRoutingTest, DeletedPeersAreClosedAndUnknown) {
  const auto from = world.attach(desk);
  const auto to = world.attach(phone, /*confirms=*/true);
  world.send(from, "phone", "unconfirmed", 1);
  (void)world.heard(from), (void)world.heard(to);
  world.remove(phone);
  EXPECT_THAT(world.heard(to), ElementsAre("close 4002"));
  EXPECT_THAT(world.heard(from), ElementsAre("#2 lost 1 to phone", "#3 phone offline removed"));
  world.send(from, "phone", "x", 2);
  EXPECT_THAT(world.heard(from), ElementsAre("refused 404 id=2"));
  EXPECT_THAT(world.heard(world.attach(phone)), ElementsAre("close 4002"));
  EXPECT_EQ(world.hub.session_count(), 1u);
}

// What a target meant the last time is remembered: not beyond a change of what it means.
TEST_F(HubRoutingTest, ATargetMeansWhatItMeansNow) {
  const auto from = world.attach(desk);
  const auto to = world.attach(phone);
  const auto other = world.attach(world.add(1, "tablet"));
  const auto send = [&](const std::string& target) {
    (void)world.heard(from), (void)world.heard(to), (void)world.heard(other);
    world.send(from, target, "x");
  };
  send("phone");
  EXPECT_THAT(world.heard(to), ElementsAre(HasSubstr("desk:1 data x")));
  send("phone");
  EXPECT_THAT(world.heard(to), ElementsAre(HasSubstr("desk:2 data x")));
  send("tablet");
  EXPECT_THAT(world.heard(other), ElementsAre(HasSubstr("desk:1 data x")));

  send("phone");
  world.change(phone, [](Peer& peer) { peer.name = "old phone"; });
  const auto namesake = world.attach(world.add(1, "phone"));
  (void)world.heard(namesake);
  send("phone");
  EXPECT_THAT(world.heard(to), IsEmpty());
  EXPECT_THAT(world.heard(namesake), ElementsAre(HasSubstr("desk:1 data x")));

  send("old phone");
  world.change(phone, unverified);
  send("old phone");
  EXPECT_THAT(world.heard(from), ElementsAre("refused 403"));
  world.change(phone, verified);
  send("old phone");
  world.change(phone, [](Peer& peer) { peer.user = UserId{2}; });
  send("old phone");
  EXPECT_THAT(world.heard(from), ElementsAre("refused 404"));
}

TEST_F(HubRoutingTest, ATargetThatWasForgottenMeanwhileIsLookedUpAgain) {
  const auto from = world.attach(desk);
  for (int i = 0; i < 3; ++i) {
    const auto to = world.attach(phone);
    world.send(from, "phone", "x");
    EXPECT_THAT(world.heard(to), testing::Contains(HasSubstr("data x")));
    world.detach(to, Ending::kClean);
    world.pass(5min);  // past resuming and what is kept for it
    EXPECT_EQ(world.hub.session_count(), 1);
  }
}

TEST_F(HubRoutingTest, RenamedPeersAreFoundByTheirNewNameAndTheOthersAreTold) {
  const auto from = world.attach(desk);
  const auto to = world.attach(phone);
  (void)world.heard(from), (void)world.heard(to);
  world.change(phone, [](Peer& peer) { peer.name = "mobile"; });
  EXPECT_THAT(world.heard(from), ElementsAre("#2 mobile online was phone"));
  EXPECT_THAT(world.heard(to), ElementsAre("#1 mobile online was phone"));
  world.send(from, "mobile", "x");
  world.send(from, "phone", "x");
  EXPECT_THAT(world.heard(to), ElementsAre("#2 desk:1 data x"));
  EXPECT_THAT(world.heard(from), ElementsAre("refused 404"));
}

TEST_F(HubRoutingTest, CandidatesSentBeforeTheDescriptionStayBeforeItWhetherQueuedOrNot) {
  const auto from = world.attach(desk);
  world.send(from, "phone", "c1", {}, MessageKind::kCandidate);
  world.send_sdp(from, "phone", "a=fingerprint:sha-256 " + fingerprint_of(desk));
  const auto to = world.attach(phone);
  world.send(from, "phone", "c2", {}, MessageKind::kCandidate);
  EXPECT_THAT(world.heard(to), ElementsAre("welcome fresh desk+ phone+", "#1 desk:1 candidate c1",
                                           "#2 desk:2 offer x", "#3 desk:3 candidate c2"));
}

TEST_F(HubRoutingTest, SeqCountsEachPairAndNEverythingOfTheSession) {
  const auto tablet = world.add(1, "tablet");
  const auto to = world.attach(phone);
  const auto first = world.attach(desk);
  const auto second = world.attach(tablet);
  (void)world.heard(to);
  world.send(first, "phone", "a");
  world.send(second, "phone", "b");
  world.send(first, "phone", "c");
  EXPECT_THAT(world.heard(to), ElementsAre("#3 desk:1 data a", "#4 tablet:1 data b", "#5 desk:2 data c"));
}

struct SdpCase {
  std::string what;
  std::string sdp;  // %own and %other stand for fingerprints
  bool passes;
};
class HubSdpTest : public testing::TestWithParam<SdpCase> {};

// PeerBook leaves it to the ends whether the media is the sender's own.
TEST_P(HubSdpTest, ClosesTheHoleThatAnSdpNamesAnotherCertificate) {
  HubWorld world;
  const auto desk = world.add(1, "desk");
  const auto phone = world.add(1, "phone");
  const auto from = world.attach(desk);
  const auto to = world.attach(phone);
  (void)world.heard(from), (void)world.heard(to);
  auto sdp = GetParam().sdp;
  for (const auto& [mark, value] : {std::pair<std::string, std::string>{"%own", fingerprint_of(desk)},
                                    {"%other", fingerprint_of(phone)}}) {
    for (size_t at; (at = sdp.find(mark)) != std::string::npos;) sdp.replace(at, mark.size(), value);
  }
  world.send_sdp(from, "phone", sdp);
  if (GetParam().passes) {
    EXPECT_THAT(world.heard(to), ElementsAre("#1 desk:1 offer x"));
  } else {
    EXPECT_THAT(world.heard(to), IsEmpty());
    EXPECT_THAT(world.heard(from), ElementsAre("refused 403"));
  }
}
INSTANTIATE_TEST_SUITE_P(
    Sdp, HubSdpTest,
    testing::Values(
        SdpCase{"own", "v=0\r\na=fingerprint:sha-256 %own\r\n", true},
        SdpCase{"own at media level too",
                "v=0\r\na=fingerprint:sha-256 %own\r\nm=audio 9 x\r\na=fingerprint:sha-256 %own\r\n", true},
        SdpCase{"another's", "v=0\r\na=fingerprint:sha-256 %other\r\n", false},
        SdpCase{"another's at media level only",
                "a=fingerprint:sha-256 %own\r\nm=audio 9 x\r\na=fingerprint:sha-256 %other\r\n", false},
        SdpCase{"another's in capitals", "a=fingerprint:sha-256 %own\r\nA=FINGERPRINT:sha-256 %other", false},
        SdpCase{"another's, as Chromium reads", "a=fingerprint:sha-256 %own\r\na=fingerprint sha-256 %other",
                false},
        SdpCase{"another's, as Python splits", "a=fingerprint:sha-256 %own\r\ns=\u2028a=x:sha-256 %other",
                false},
        SdpCase{"keys in the SDP", "a=fingerprint:sha-256 %own\r\na=crypto:1 x inline:y", false},
        SdpCase{"another hash beside it", "a=fingerprint:sha-256 %own\na=fingerprint:sha-1 AB:CD", false},
        SdpCase{"rubbish", "a=fingerprint:sha-256 %own%own\n", false},
        SdpCase{"none at all", "v=0\r\n", false}, SdpCase{"nothing", "", false}));

// Whatever its dialect: what is not judged is not relayed.
TEST_F(HubRoutingTest, ADescriptionWithoutSdpIsRefused) {
  const auto from = world.attach(desk);
  const auto to = world.attach(phone);
  (void)world.heard(from), (void)world.heard(to);
  world.send(from, "phone", "x", 1, MessageKind::kOffer);
  world.send(from, "phone", "x", 2, MessageKind::kAnswer);
  EXPECT_THAT(world.heard(from), ElementsAre("refused 400 id=1", "refused 400 id=2"));
  EXPECT_THAT(world.heard(to), IsEmpty());
  EXPECT_EQ(world.hub.counters().refused_sdp, 2u);
}

TEST_F(HubRoutingTest, ASenderWithoutFingerprintMaySendAnySdp) {
  const auto from = world.attach(world.add(1, "bare", [](Peer& peer) { peer.fingerprint.clear(); }));
  const auto to = world.attach(phone);
  (void)world.heard(to);
  world.send_sdp(from, "phone", "a=fingerprint:sha-256 AB:CD");
  EXPECT_THAT(world.heard(to), ElementsAre("#1 bare:1 offer x"));
}

TEST_F(HubRoutingTest, WhoSendsTooFastIsToldAndNobodyElseIsHeld) {
  HubOptions options;
  options.rates = {.messages_per_second = 2, .burst_messages = 3, .bytes_per_second = 10, .burst_bytes = 100};
  world.hub.change_options(options);
  const auto from = world.attach(desk);
  const auto to = world.attach(phone);
  (void)world.heard(from), (void)world.heard(to);
  for (uint64_t id = 1; id <= 4; ++id) world.send(from, "phone", "x", id);
  EXPECT_THAT(world.heard(from),
              ElementsAre("#2 delivered 1", "#3 delivered 2", "#4 delivered 3", "refused 429 id=4"));
  EXPECT_EQ(world.hub.counters().refused_rate, 1u);
  EXPECT_EQ(std::get<Refused>(world.outputs.back().what).retry_after, 500ms);
  world.send(to, "desk", "y");
  EXPECT_THAT(world.heard(from), ElementsAre("#5 phone:1 data y"));
  world.pass(600ms);
  world.send(from, "phone", "x", 4);  // a refused id was not used
  world.pass(2s);
  world.send(from, "phone", std::string(60, 'x'), 5), world.send(from, "phone", std::string(60, 'x'), 6);
  world.send(from, "phone", "x", 7);  // while octets are owed for
  EXPECT_THAT(world.heard(from),
              ElementsAre("#6 delivered 4", "#7 delivered 5", "#8 delivered 6", "refused 429 id=7"));
}

TEST_F(HubRoutingTest, ReconnectingDoesNotRefillTheRate) {
  HubOptions options;
  options.rates = {.messages_per_second = 1, .burst_messages = 1};
  world.hub.change_options(options);
  const auto from = world.attach(desk);
  world.send(from, "phone", "x");
  world.detach(from, Ending::kClean);
  const auto again = world.attach(desk);
  world.send(again, "phone", "x", 1);
  EXPECT_THAT(world.heard(again), ElementsAre("welcome fresh desk+ phone-", "refused 429 id=1"));
}

TEST_F(HubRoutingTest, BodiesAreMovedAndNeverCopied) {
  const auto from = world.attach(desk);
  world.attach(phone);
  std::string body(1000, 'b');
  const void* const octets = body.data();
  world.hub.send(world.clock.steady(), from, {.target = "phone", .body = std::move(body)});
  const auto output = world.hub.poll_output();
  EXPECT_EQ(std::get<Relayed>(output->what).message->body.data(), octets);
}

TEST(HubFullTest, AFullHubHoldsNothingForWhoeverIsNotThere) {
  HubOptions options;
  options.sessions = 1;
  HubWorld world(options);
  const auto ann = world.attach(world.add(1, "ann"));
  world.add(1, "bob");
  (void)world.heard(ann);
  world.send(ann, "bob", "{}", 1);
  EXPECT_THAT(world.heard(ann), ElementsAre("refused 507 id=1"));
  EXPECT_EQ(world.hub.session_count(), 1u);
  world.send(ann, "ann", "{}", 1);
  EXPECT_THAT(world.heard(ann), ElementsAre(HasSubstr("ann:1"), HasSubstr("delivered 1")));
}

}  // namespace
}  // namespace signaling
