// Who hears of sessions, and what of: one beginning and one end each, with the reason.
#include "relay/session_observer.h"

#include "tests/relay/fixtures.h"

namespace relay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Record final : public SessionObserver {
 public:
  void on_session_begin(const Allocation& allocation) override {
    lines.push_back("begin " + allocation.identity.user);
  }
  void on_session_end(const Allocation& allocation, EndReason reason) override {
    lines.push_back(std::string(name_of(reason)) + " " + allocation.identity.user + " " +
                    std::to_string(allocation.to_peers.packets.value()));
  }
  void on_refused(const RefusedRequest& refused) override {
    refusals.push_back(std::string(refused.user) + " " + refused.client.to_string() + " " +
                       std::to_string(refused.code) + " " + label_of(refused.reason));
  }
  std::vector<std::string> lines;
  std::vector<std::string> refusals;
};

class SessionObserverTest : public testing::Test {
 protected:
  SessionObserverTest() { world.server.observe(record); }
  Record record;  // outlives the server
  TurnWorld world;
  TurnClient alice{world, "alice", Transport::kUdp, at("198.51.100.1:5000")};
  TurnClient bob{world, "bob", Transport::kTls, at("198.51.100.2:5000")};
};

TEST_F(SessionObserverTest, HearsOfTheBeginningOnceThoughTheAllocateIsResent) {
  EXPECT_EQ(alice.allocate().code(), 200);
  EXPECT_EQ(alice.allocate().code(), 437);
  EXPECT_THAT(record.lines, ElementsAre("begin alice"));
}

TEST_F(SessionObserverTest, HearsNothingOfWhatWasRefused) {
  world.server.drain();
  EXPECT_EQ(alice.allocate().code(), 508);
  EXPECT_THAT(record.lines, IsEmpty());
}

TEST_F(SessionObserverTest, HearsWhoWasRefusedAndWhy) {
  EXPECT_EQ(alice.allocate().code(), 200);  // the challenge before it is no refusal
  EXPECT_EQ(alice.allocate().code(), 437);
  EXPECT_EQ(alice.permit({at("10.1.1.1:80")}).code(), 403);
  bob.login.password = "guessed";
  EXPECT_EQ(bob.allocate().code(), 401);
  bob.login.username = "nobody";
  EXPECT_EQ(bob.allocate().code(), 401);
  EXPECT_THAT(record.refusals, ElementsAre("alice 198.51.100.1:5000 437 allocation_mismatch",
                                           "alice 198.51.100.1:5000 403 forbidden_peer",
                                           "bob 198.51.100.2:5000 401 wrong_integrity",
                                           "nobody 198.51.100.2:5000 401 unknown_user"));
}

TEST_F(SessionObserverTest, HearsOfTheEndWithItsReasonAndTraffic) {
  EXPECT_EQ(alice.allocate().code(), 200);
  EXPECT_EQ(alice.bind(0x4000, kPeer).code(), 200);
  EXPECT_TRUE(alice.channel_data(0x4000, octets("12345")).to_peer());
  EXPECT_EQ(alice.refresh(0).code(), 200);
  EXPECT_EQ(bob.allocate().code(), 200);
  world.server.handle_client_gone(bob.path.tuple);
  EXPECT_THAT(record.lines, ElementsAre("begin alice", "released alice 1", "begin bob", "client_gone bob 0"));
}

TEST_F(SessionObserverTest, TellsExpiryFromAnOperatorsHand) {
  EXPECT_EQ(alice.allocate().code(), 200);
  EXPECT_EQ(bob.allocate().code(), 200);
  EXPECT_TRUE(world.server.kick(alice.allocation()->id, EndReason::kUserRemoved));
  world.advance(601s);
  EXPECT_THAT(record.lines, ElementsAre("begin alice", "begin bob", "user_removed alice 0", "expired bob 0"));
}

TEST(SessionObserverEndTest, TheServersEndEndsEverySession) {
  Record record;
  {
    TurnWorld world;
    world.server.observe(record);
    TurnClient alice(world, "alice", Transport::kUdp, at("198.51.100.1:5000"));
    EXPECT_EQ(alice.allocate().code(), 200);
  }
  EXPECT_THAT(record.lines, ElementsAre("begin alice", "stopped alice 0"));
}

}  // namespace
}  // namespace relay
