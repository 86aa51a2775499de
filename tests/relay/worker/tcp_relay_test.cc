// TCP relaying (RFC 6062) over real sockets: two workers, streams that land on either.
#include <gtest/gtest.h>

#include "tests/relay/worker/worker_world.h"

namespace relay::worker {
namespace {

using stun::AttributeType;
using stun::Method;
using support::TurnMessage;

// Nothing is taken for that long: whoever should read does not.
constexpr std::chrono::milliseconds kStandstill{500};

// Octets that repeat nowhere near.
Octets pattern(size_t octets, uint32_t seed = 1) {
  Octets bytes(octets);
  for (auto& octet : bytes) octet = static_cast<uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}

void ask_to_connect(const ClientStream& control, const base::Endpoint& peer) {
  TurnMessage message(Method::kConnect);
  control.ask(message.peer(peer));
}

ConnectionId id_in(const support::Answer& answer) {
  return answer.message().word(AttributeType::kConnectionId).value_or(0);
}

// By which worker the data connection comes in: the allocation is of worker 0.
class TcpRelay : public testing::TestWithParam<WorkerIndex> {
 protected:
  struct Joined {
    ClientStream data;
    Socket peer;
  };
  Joined join(const Octets& behind = {}) {
    const Acceptor acceptor;
    ask_to_connect(control, acceptor.address());
    Socket peer(acceptor.accept());
    const auto answer = control.answer();
    EXPECT_EQ(answer.code(), 200);
    return {world.bind(GetParam(), id_in(answer), behind), std::move(peer)};
  }
  const TcpCounters& counters() { return world.counters(0).tcp; }

  WorkerWorld world;
  base::Endpoint relayed;
  ClientStream control = world.allocate(0, &relayed);
};
INSTANTIATE_TEST_SUITE_P(ByWorker, TcpRelay, testing::Values(0, 1));

TEST_P(TcpRelay, CarriesOctetsAndTheEndOfEachDirection) {
  const auto joined = join();
  EXPECT_EQ(joined.peer.remote(), relayed);
  const auto there = pattern(3'000'000), back = pattern(2'000'000, 2);
  {
    const std::jthread sender([&] {
      joined.data.send(there);
      joined.data.end();
    });
    EXPECT_TRUE(joined.peer.read_to_end() == there);
  }
  {
    const std::jthread sender([&] {  // long after the other direction has ended
      joined.peer.send(back);
      joined.peer.end();
    });
    EXPECT_TRUE(joined.data.read_to_end() == back);
  }
  EXPECT_EQ(counters().bytes_to_peers.value(), there.size());
  EXPECT_EQ(counters().bytes_to_clients.value(), back.size());
}

TEST_P(TcpRelay, WhatFollowsTheRequestBelongsToThePeer) {
  const auto behind = pattern(30'000);
  const auto joined = join(behind);
  EXPECT_TRUE(joined.peer.read(behind.size()) == behind);
}

TEST_P(TcpRelay, PeerThatConnectsIsAnnouncedAndHeard) {
  TurnMessage permit(Method::kCreatePermission);
  EXPECT_EQ(control.request(permit.peer(relayed)).code(), 200);
  const auto peer = connect_to(relayed);
  const auto early = pattern(50'000);
  peer.send(early);
  const auto attempt = control.answer();
  EXPECT_EQ(attempt.message().method(), Method::kConnectionAttempt);
  EXPECT_EQ(attempt.message().xor_address(AttributeType::kXorPeerAddress), peer.local());
  const auto data = world.bind(GetParam(), id_in(attempt));
  EXPECT_TRUE(data.read(early.size()) == early);
}

TEST_P(TcpRelay, SlowReaderHoldsTheSenderBack) {
  const auto joined = join();
  const auto chunk = pattern(1 << 20);
  size_t sent = 0;
  bool is_held_back = false;
  while (!is_held_back && sent < 256 << 20) {
    const size_t taken = joined.data.send_some(base::Bytes(chunk).subspan(sent % chunk.size()), kStandstill);
    sent += taken;
    is_held_back = taken == 0;
  }
  EXPECT_TRUE(is_held_back) << sent << " octets went somewhere although nobody reads";
  joined.data.end();
  const auto received = joined.peer.read_to_end();
  ASSERT_EQ(received.size(), sent);
  for (size_t at = 0; at < sent; at += chunk.size()) {
    const size_t octets = std::min(chunk.size(), sent - at);
    ASSERT_TRUE(std::equal(chunk.begin(), chunk.begin() + octets, received.begin() + at));
  }
}

TEST_P(TcpRelay, BandwidthLimitSlowsAndLosesNothing) {
  auto options = WorkerWorld::tcp_on();
  options.bits_per_second_per_allocation = 8 * 1'000'000;
  world.on_thread(0, [&](Worker& worker) { worker.server().change_options(options); });
  const auto joined = join();
  const auto octets = pattern(800'000);
  const auto started = std::chrono::steady_clock::now();
  const std::jthread sender([&] { joined.data.send(octets); });
  EXPECT_TRUE(joined.peer.read(octets.size()) == octets);
  EXPECT_GE(std::chrono::steady_clock::now() - started,
            std::chrono::milliseconds(400));  // 0.25 s are a burst
}

TEST_P(TcpRelay, AllocationTakesItsConnectionsWithIt) {
  const auto joined = join();
  joined.data.send(pattern(1000));
  EXPECT_EQ(joined.peer.read(1000).size(), 1000u);
  TurnMessage refresh(Method::kRefresh);
  EXPECT_EQ(control.request(refresh.lifetime(0)).code(), 200);
  EXPECT_TRUE(joined.data.is_closed());
  EXPECT_TRUE(joined.peer.is_closed());
}

TEST_P(TcpRelay, KickClosesWhatIsJoined) {
  const auto joined = join();
  world.on_thread(0, [](Worker& worker) { EXPECT_EQ(worker.kick_user("alice"), 1u); });
  EXPECT_TRUE(joined.data.is_closed());
  EXPECT_TRUE(joined.peer.is_closed());
  EXPECT_TRUE(control.is_closed());
}

TEST_P(TcpRelay, PolicyOfAReloadClosesWhatItDenies) {
  const auto joined = join();
  world.on_thread(0, [](Worker& worker) { worker.change_policy(WorkerWorld::policy("127.0.0.0/8")); });
  EXPECT_TRUE(joined.data.is_closed());
  EXPECT_TRUE(joined.peer.is_closed());
}

TEST_P(TcpRelay, ManyConnectionsAtOnce) {
  std::vector<Joined> all;
  for (int i = 0; i < 30; ++i) all.push_back(join());
  for (size_t i = 0; i < all.size(); ++i) all[i].data.send(pattern(10'000, static_cast<uint32_t>(i)));
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_TRUE(all[i].peer.read(10'000) == pattern(10'000, static_cast<uint32_t>(i)));
  }
  EXPECT_EQ(counters().connections.value(), 30u);
  all.clear();
  const auto patience_ends = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (counters().connections.value() > 0 && std::chrono::steady_clock::now() < patience_ends)
    world.on_thread(0, [](Worker&) {});  // one more round of its loop
  EXPECT_EQ(counters().connections.value(), 0u);
}

TEST(TcpRelayWorker, UnpermittedPeerIsTurnedAway) {
  WorkerWorld world(1);
  base::Endpoint relayed;
  const auto control = world.allocate(0, &relayed);
  EXPECT_TRUE(connect_to(relayed).is_closed());
  EXPECT_EQ(world.counters(0).tcp.accepted.value(), 0u);
}

TEST(TcpRelayWorker, NobodyThereIs447) {
  WorkerWorld world(1);
  const auto control = world.allocate(0);
  base::Endpoint gone;
  {
    const Acceptor acceptor;
    gone = acceptor.address();
  }
  ask_to_connect(control, gone);
  EXPECT_EQ(control.answer().code(), 447);
}

TEST(TcpRelayWorker, TwoClientsMeetByTheirRelayedAddresses) {
  WorkerWorld world;
  base::Endpoint of_first, of_second;
  const auto first = world.allocate(0, &of_first), second = world.allocate(1, &of_second);
  TurnMessage permit(Method::kCreatePermission);
  EXPECT_EQ(second.request(permit.peer(of_first)).code(), 200);
  ask_to_connect(first, of_second);
  const auto made = first.answer(), attempt = second.answer();
  EXPECT_EQ(attempt.message().xor_address(AttributeType::kXorPeerAddress), of_first);
  const auto one = world.bind(1, id_in(made)), other = world.bind(0, id_in(attempt));
  one.send(pattern(100'000));
  EXPECT_TRUE(other.read(100'000) == pattern(100'000));
}

}  // namespace
}  // namespace relay::worker
