#include "bench/generator/turn_client.h"

#include <gtest/gtest.h>

#include "tests/support/turn_world.h"

namespace bench::generator {
namespace {

using support::at;

// A client of the generator and the TURN server it talks to, without a network.
class TurnClientTest : public testing::Test {
 protected:
  // Hands the request to the server and its answer to the client, until the client is content. The number of
  // requests that it took.
  int settle() {
    int requests = 0;
    while (!client_.settled() && requests < 10) {
      ++requests;
      std::vector<uint8_t> request(client_.request().begin(), client_.request().end());
      const auto step = world_.server.handle_client(world_.clock.now(), path_, request, world_.scratch);
      EXPECT_TRUE(client_.handle_answer(step.header));
    }
    return requests;
  }

  support::TurnWorld world_;
  support::FixedRandom random_{1};
  relay::ClientPath path_{{at("198.51.100.1:5000"), at("192.0.2.1:3478"), relay::Transport::kUdp}, 0};
  Login login_{"alice", support::password_of("alice")};
  TurnClient client_{login_, random_};
};

TEST_F(TurnClientTest, AllocatesAfterAChallenge) {
  client_.start_allocate();
  EXPECT_EQ(settle(), 2);
  EXPECT_FALSE(client_.failed()) << client_.error();
  EXPECT_NE(client_.relayed().port, 0);
  EXPECT_TRUE(world_.server.has_allocation(path_.tuple));
}

TEST_F(TurnClientTest, BindsPermitsAndReleasesWithTheNonceItHas) {
  client_.start_allocate();
  settle();
  client_.start_channel_bind(stun::ChannelNumber{stun::kMinChannelNumber}, at("192.0.2.77:9"));
  EXPECT_EQ(settle(), 1);
  EXPECT_FALSE(client_.failed()) << client_.error();
  client_.start_create_permission(at("192.0.2.78:9"));
  EXPECT_EQ(settle(), 1);
  EXPECT_FALSE(client_.failed()) << client_.error();
  client_.start_release();
  EXPECT_EQ(settle(), 1);
  EXPECT_FALSE(client_.failed()) << client_.error();
  EXPECT_FALSE(world_.server.has_allocation(path_.tuple));
}

TEST_F(TurnClientTest, AStaleNonceIsReplaced) {
  client_.start_allocate();
  settle();
  world_.clock.advance(std::chrono::hours(2));
  client_.start_allocate();
  EXPECT_EQ(settle(), 2);
}

TEST_F(TurnClientTest, AWrongPasswordEndsInAnErrorAndNotInALoop) {
  login_.password = "guess";
  client_.start_allocate();
  EXPECT_LE(settle(), 3);
  EXPECT_TRUE(client_.failed());
  EXPECT_NE(client_.error().find("401"), std::string::npos) << client_.error();
}

TEST_F(TurnClientTest, ARefusalNamesTheRequestAndTheError) {
  client_.start_release();  // of nothing
  settle();
  EXPECT_EQ(client_.error(), "the server answered Refresh with error 437");
}

TEST_F(TurnClientTest, AnAnswerToAnotherRequestChangesNothing) {
  client_.start_allocate();
  std::vector<uint8_t> request(client_.request().begin(), client_.request().end());
  const auto step = world_.server.handle_client(world_.clock.now(), path_, request, world_.scratch);
  std::vector<uint8_t> answer(step.header.begin(), step.header.end());
  answer[10] ^= 1;  // transaction id
  EXPECT_FALSE(client_.handle_answer(answer));
  EXPECT_FALSE(client_.handle_answer({}));
  EXPECT_FALSE(client_.settled());
}

}  // namespace
}  // namespace bench::generator
