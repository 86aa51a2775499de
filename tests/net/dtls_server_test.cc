#include "net/dtls_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "net/dtls_hello.h"
#include "net/system_clock.h"
#include "tests/net/dtls_world.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using base::as_bytes;
using testing::DtlsClient;
using testing::DtlsWorld;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::path_of;
using ::testing::SizeIs;

const DtlsPath kAlice = path_of("198.51.100.1:4000");

bool send(DtlsServer& server, const DtlsPath& path, std::string_view text) {
  const std::array<base::Bytes, 2> pieces{as_bytes(text.substr(0, 1)), as_bytes(text.substr(1))};
  return server.send(path, pieces);
}

TEST(DtlsServerTest, AClientShakesHandsThroughACookieAndDataGoesBothWays) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  EXPECT_EQ(world.server.counters().cookies_sent.value(), 1u);
  EXPECT_EQ(world.server.counters().opened.value(), 1u);
  EXPECT_EQ(client.protocol(), "stun.turn");
  client.write("to the server");
  world.deliver(client, kAlice);
  EXPECT_THAT(world.data, ElementsAre("to the server"));
  ASSERT_TRUE(send(world.server, kAlice, "to the client"));
  ASSERT_THAT(world.sent, SizeIs(1));
  EXPECT_EQ(client.read(world.sent[0]), "to the client");
}

TEST(DtlsServerTest, TenThousandHellosWithoutCookiesHoldNothing) {
  DtlsWorld world;
  DtlsClient client;
  client.handshake();
  const auto hello = client.sent.front();
  for (uint32_t i = 0; i < 10'000; ++i) {
    const DtlsPath forged{{base::IpAddress::v4(0xc6336400 + i / 250), static_cast<uint16_t>(1024 + i)},
                          testing::endpoint("192.0.2.1:3478"),
                          7};
    world.server.handle_datagram(world.clock.steady(), forged, hello);
  }
  EXPECT_EQ(world.server.sessions(), 0u);
  EXPECT_EQ(world.server.counters().cookies_sent.value(), 10'000u);
  EXPECT_LE(world.sent[0].size(), hello.size()) << "no use as an amplifier";
  EXPECT_FALSE(world.server.poll_timeout());
}

TEST(DtlsServerTest, ACookieIsGoodAtEveryWorkerAndForTwoPeriodsButNotElsewhere) {
  const DtlsOptions options{.cookie_key = {1, 2}};
  DtlsWorld first(options), second(options), stranger({.cookie_key = {3, 4}});
  DtlsClient client;
  client.handshake();
  first.deliver(client, kAlice);
  client.input(first.take_sent().at(0));
  const auto hello = client.sent.front();

  stranger.server.handle_datagram(stranger.clock.steady(), kAlice, hello);
  EXPECT_EQ(stranger.server.sessions(), 0u) << "another key";
  second.server.handle_datagram(second.clock.steady(), path_of("198.51.100.1:4001"), hello);
  EXPECT_EQ(second.server.sessions(), 0u) << "another address";
  second.clock.advance(121s);
  second.server.handle_datagram(second.clock.steady(), kAlice, hello);
  EXPECT_EQ(second.server.sessions(), 0u) << "too old";
  first.clock.advance(59s);
  first.server.handle_datagram(first.clock.steady(), kAlice, hello);
  EXPECT_EQ(first.server.sessions(), 1u);
}

TEST(DtlsServerTest, AWorkerTakesUpAHandshakeThatAnotherWorkerAskedACookieFor) {
  const DtlsOptions options{.cookie_key = {1, 2}};
  DtlsWorld first(options), second(options);
  DtlsClient client;
  client.handshake();
  first.deliver(client, kAlice);
  client.input(first.take_sent().at(0));
  EXPECT_TRUE(second.connect(client, kAlice));
}

TEST(DtlsServerTest, RecordsOfUnknownClientsAndGarbageAreDroppedUnanswered) {
  DtlsWorld world;
  const std::vector<std::vector<uint8_t>> strange = {{},
                                                     {22},
                                                     std::vector<uint8_t>(13, 22),
                                                     std::vector<uint8_t>(1200, 23),
                                                     {21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0}};
  for (const auto& datagram : strange) world.server.handle_datagram(world.clock.steady(), kAlice, datagram);
  EXPECT_THAT(world.sent, IsEmpty());
  EXPECT_EQ(world.server.counters().dropped_unknown.value(), strange.size());
}

TEST(DtlsServerTest, AForgedRecordDoesNotHarmAnOpenAssociation) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  for (const uint8_t type : {20, 21, 22, 23, 24, 63}) {
    for (uint8_t length = 0; length < 64; ++length) {  // OpenSSL 3.0 gives up at those shorter than a tag
      std::vector<uint8_t> forged{type, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9, 0, length};
      forged.resize(13 + length, 0xaa);
      world.server.handle_datagram(world.clock.steady(), kAlice, forged);
      forged[4] = 0;  // a plaintext alert, say
      world.server.handle_datagram(world.clock.steady(), kAlice, forged);
    }
  }
  client.write("still here");
  world.deliver(client, kAlice);
  EXPECT_THAT(world.data, ElementsAre("still here"));
}

TEST(DtlsServerTest, ShortRecordsBehindGoodOnesEndNothingAndShortDataArrives) {
  for (const auto* const cipher : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    DtlsWorld world;
    DtlsClient client(cipher);
    ASSERT_TRUE(world.connect(client, kAlice));
    client.write("x");
    for (const uint8_t length : {1, 15, 16, 23}) {
      auto& datagram = client.sent.back();
      datagram.insert(datagram.end(), {23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9, 0, length});
      datagram.resize(datagram.size() + length);
    }
    world.deliver(client, kAlice);
    client.write("y");
    world.deliver(client, kAlice);
    EXPECT_THAT(world.data, ElementsAre("x", "y")) << cipher;
  }
}

TEST(DtlsServerTest, EncryptedRecordsBeforeTheHandshakeIsDoneAreNotKept) {
  DtlsWorld world;
  DtlsClient client;
  client.handshake();
  world.deliver(client, kAlice);
  client.input(world.take_sent().at(0));
  world.deliver(client, kAlice);
  for (uint8_t i = 0; i < 100; ++i) {
    for (const uint8_t type : {22, 23}) {
      std::vector<uint8_t> early{type, 254, 253, 0, 1, 0, 0, 0, 0, 0, i, 0, 40};
      early.resize(13 + 40, 0xaa);
      world.server.handle_datagram(world.clock.steady(), kAlice, early);
    }
  }
  EXPECT_EQ(world.server.counters().dropped_broken.value(), 200u - 8u);
  EXPECT_EQ(world.server.sessions(), 1u);
}

TEST(DtlsServerTest, AHandshakeThatStallsEndsAtItsDeadline) {
  DtlsWorld world;
  DtlsClient client;
  client.handshake();
  world.deliver(client, kAlice);
  client.input(world.take_sent().at(0));
  world.deliver(client, kAlice);  // and never answers again
  ASSERT_EQ(world.server.sessions(), 1u);
  world.clock.advance(9s);
  world.server.handle_timeout(world.clock.steady());
  EXPECT_EQ(world.server.sessions(), 1u);
  world.clock.advance(1250ms);
  world.server.handle_timeout(world.clock.steady());
  EXPECT_EQ(world.server.sessions(), 0u);
  EXPECT_EQ(world.server.counters().failed.value(), 1u);
  EXPECT_THAT(world.closed, IsEmpty()) << "it was never open";
}

// OpenSSL reads the clock for this itself: so the test's clock keeps pace with the real one.
TEST(DtlsServerTest, ALostFlightIsSentAgain) {
  DtlsWorld world({.first_retransmit = 20ms});
  DtlsClient client;
  client.handshake();
  world.deliver(client, kAlice);
  client.input(world.take_sent().at(0));
  world.deliver(client, kAlice);
  world.take_sent();  // lost
  ASSERT_TRUE(world.server.poll_timeout());
  EXPECT_LE(*world.server.poll_timeout(), world.clock.steady() + 500ms);
  auto last = read_clocks().steady;
  const auto give_up = last + 5s;
  while (world.sent.empty() && last < give_up) {
    const auto now = read_clocks().steady;
    world.clock.advance(now - std::exchange(last, now));
    world.server.handle_timeout(world.clock.steady());
  }
  EXPECT_EQ(world.server.counters().retransmit_rounds.value(), 1u);
  bool done = false;
  for (const auto& datagram : world.take_sent()) done = client.input(datagram);
  EXPECT_TRUE(done || world.connect(client, kAlice));
}

TEST(DtlsServerTest, AStrangersTimeIsBoundedWhateverItSays) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  int seconds = 0;
  for (; world.server.sessions() > 0 && seconds < 200; ++seconds) {
    client.write("a sign of life");
    world.deliver(client, kAlice);
    world.pass(1s);
  }
  EXPECT_THAT(seconds, ::testing::AllOf(::testing::Ge(60), ::testing::Le(61)));
  EXPECT_THAT(world.closed, ElementsAre(kAlice.client));
}

TEST(DtlsServerTest, AnAssociationEndsAfterItsTimeUnlessItIsInUse) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  world.in_use = true;
  for (int i = 0; i < 5; ++i) world.pass(61s);
  EXPECT_EQ(world.server.sessions(), 1u);
  world.in_use = false;
  world.pass(61s);
  EXPECT_EQ(world.server.sessions(), 1u) << "its allocation has ended, it has the time of a stranger";
  world.pass(61s);
  EXPECT_EQ(world.server.sessions(), 0u);
  EXPECT_THAT(world.closed, ElementsAre(kAlice.client));
  ASSERT_THAT(world.sent, SizeIs(1));
  EXPECT_EQ(client.read(world.sent[0]), "");
  EXPECT_TRUE(client.was_closed()) << "with a close_notify";
}

TEST(DtlsServerTest, TheClientsCloseNotifyIsAnsweredAndEndsTheAssociation) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  client.close();
  world.deliver(client, kAlice);
  EXPECT_EQ(world.server.sessions(), 0u);
  EXPECT_THAT(world.closed, ElementsAre(kAlice.client));
  EXPECT_FALSE(send(world.server, kAlice, "too late"));
}

TEST(DtlsServerTest, TheHandlerMayCloseTheAssociationThatItHearsFrom) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  world.when_data = [&](const DtlsPath& path) {
    send(world.server, path, "goodbye");
    world.server.close(path);
  };
  client.write("close me");
  client.write("never heard");
  world.deliver(client, kAlice);
  EXPECT_THAT(world.data, ElementsAre("close me"));
  EXPECT_THAT(world.closed, ElementsAre(kAlice.client));
  EXPECT_EQ(world.server.counters().closed.value(), 1u);
}

TEST(DtlsServerTest, ClosingAllSaysGoodbyeToEverybody) {
  DtlsWorld world;
  DtlsClient alice, bob;
  ASSERT_TRUE(world.connect(alice, kAlice));
  ASSERT_TRUE(world.connect(bob, path_of("198.51.100.2:4000")));
  world.server.close_all();
  EXPECT_EQ(world.server.sessions(), 0u);
  EXPECT_THAT(world.sent, SizeIs(2));
}

TEST(DtlsServerTest, ARestartedClientAtTheSameAddressTakesItsPlaceAfterACookie) {
  DtlsWorld world;
  DtlsClient before, after;
  ASSERT_TRUE(world.connect(before, kAlice));
  after.handshake();
  world.deliver(after, kAlice);
  EXPECT_THAT(world.closed, IsEmpty()) << "a forged hello harms nobody";
  EXPECT_EQ(world.server.sessions(), 1u);
  after.input(world.take_sent().at(0));
  ASSERT_TRUE(world.connect(after, kAlice));
  EXPECT_THAT(world.closed, ElementsAre(kAlice.client));
  after.write("new");
  world.deliver(after, kAlice);
  EXPECT_THAT(world.data, ElementsAre("new"));
  EXPECT_EQ(world.server.sessions(), 1u);
}

// What a client says when it has its cookie.
DtlsClient::Datagram hello_with_cookie(DtlsWorld& world, DtlsClient& client, const DtlsPath& path) {
  client.handshake();
  world.deliver(client, path);
  client.input(world.take_sent().at(0));
  return client.sent.front();
}

TEST(DtlsServerTest, AnOverheardCookieBeginsNothingForAnotherRandom) {
  constexpr size_t kRandomAt = 13 + 12 + 2;
  DtlsWorld world;
  DtlsClient client;
  auto hello = hello_with_cookie(world, client, kAlice);
  ASSERT_TRUE(world.connect(client, kAlice));
  for (const size_t at : {kRandomAt, kRandomAt + kDtlsRandomBytes - 1}) {
    auto forged = hello;
    forged[at] ^= 1;
    world.server.handle_datagram(world.clock.steady(), kAlice, forged);
  }
  EXPECT_EQ(world.server.counters().cookies_sent.value(), 3u);
  EXPECT_THAT(world.closed, IsEmpty());
  client.write("still here");
  world.deliver(client, kAlice);
  EXPECT_THAT(world.data, ElementsAre("still here"));
}

TEST(DtlsServerTest, ACallDoesNotEndForAHelloAlone) {
  DtlsWorld world;
  DtlsClient client, stranger;
  ASSERT_TRUE(world.connect(client, kAlice));
  world.in_use = true;
  world.server.handle_datagram(world.clock.steady(), kAlice, hello_with_cookie(world, stranger, kAlice));
  EXPECT_THAT(world.take_sent(), ::testing::Not(IsEmpty())) << "a handshake has begun";
  const auto goes_on = [&](const std::string& text) {
    client.write(text);
    world.deliver(client, kAlice);
    EXPECT_EQ(world.data.back(), text);
    world.take_sent();
    EXPECT_TRUE(send(world.server, kAlice, text));
    EXPECT_EQ(client.read(world.take_sent().at(0)), text);
  };
  goes_on("while it waits");
  for (int i = 0; i < 5; ++i) world.pass(3s);
  EXPECT_EQ(world.server.counters().failed.value(), 1u);
  goes_on("after it came to nothing");
  EXPECT_THAT(world.closed, IsEmpty());
  EXPECT_EQ(world.server.sessions(), 1u);
}

TEST(DtlsServerTest, ARestartedClientTakesTheCallsPlaceWhenItsHandshakeIsDone) {
  DtlsWorld world;
  DtlsClient before, after;
  ASSERT_TRUE(world.connect(before, kAlice));
  world.in_use = true;
  ASSERT_TRUE(world.connect(after, kAlice));
  EXPECT_THAT(world.closed, ElementsAre(kAlice.client));
  after.write("new");
  world.deliver(after, kAlice);
  EXPECT_THAT(world.data, ElementsAre("new"));
  EXPECT_EQ(world.server.sessions(), 1u);
  EXPECT_EQ(world.server.counters().opened.value() - world.server.counters().closed.value(), 1u);
  before.write("old");
  world.deliver(before, kAlice);
  EXPECT_THAT(world.data, ElementsAre("new"));
}

TEST(DtlsServerTest, ACallMayEndWhileItsClientBeginsAnew) {
  DtlsWorld world;
  DtlsClient before, after;
  ASSERT_TRUE(world.connect(before, kAlice));
  world.in_use = true;
  hello_with_cookie(world, after, kAlice);
  world.deliver(after, kAlice);
  const auto flight = world.take_sent();
  world.server.close(kAlice);
  EXPECT_THAT(world.closed, ElementsAre(kAlice.client));
  EXPECT_EQ(world.server.sessions(), 1u);
  for (const auto& datagram : flight) after.input(datagram);
  EXPECT_TRUE(world.connect(after, kAlice));
  EXPECT_THAT(world.closed, SizeIs(1));
  world.server.close_all();
  EXPECT_EQ(world.server.sessions(), 0u);
}

uint64_t begun(const DtlsServer& server) {
  return server.sessions() + server.counters().failed.value() + server.counters().closed.value();
}

TEST(DtlsServerTest, OneSourceBeginsHandshakesAtARate) {
  DtlsWorld world;
  const auto begin_once = [&] {
    DtlsClient client;
    const auto hello = hello_with_cookie(world, client, kAlice);
    world.server.begin_turn();
    world.server.handle_datagram(world.clock.steady(), kAlice, hello);
    world.take_sent();
  };
  for (int i = 0; i < 130; ++i) begin_once();
  EXPECT_EQ(begun(world.server), 100u);
  EXPECT_EQ(world.server.counters().dropped_rate.value(), 30u);
  world.clock.advance(1s);
  for (int i = 0; i < 30; ++i) begin_once();
  EXPECT_EQ(begun(world.server), 120u);
  DtlsClient elsewhere;
  EXPECT_TRUE(world.connect(elsewhere, path_of("198.51.100.2:4000")));
}

TEST(DtlsServerTest, TheSourcesOfOneIpv6NetworkShareALargerRate) {
  DtlsWorld world({.handshakes_per_second = 1});
  for (int i = 0; i < 120; ++i) {
    const auto path = path_of("[2001:db8:1:" + std::to_string(i % 20 + 1) + "::1]:1");
    DtlsClient client;
    const auto hello = hello_with_cookie(world, client, path);
    world.server.begin_turn();
    world.server.handle_datagram(world.clock.steady(), path, hello);
    world.take_sent();
  }
  EXPECT_EQ(begun(world.server), 5u * 16u);
}

TEST(DtlsServerTest, AFewHandshakesBeginInATurnAndSomeWaitForTheNext) {
  DtlsWorld world;
  std::vector<DtlsClient> clients(70);
  const auto path_to = [](size_t i) { return path_of("198.51.100.1:" + std::to_string(4000 + i)); };
  std::vector<DtlsClient::Datagram> hellos;
  for (size_t i = 0; i < clients.size(); ++i)
    hellos.push_back(hello_with_cookie(world, clients[i], path_to(i)));
  world.server.begin_turn();
  for (size_t i = 0; i < clients.size(); ++i)
    world.server.handle_datagram(world.clock.steady(), path_to(i), hellos[i]);
  EXPECT_EQ(world.server.sessions(), 4u);
  EXPECT_EQ(world.server.counters().dropped_rate.value(), 70u - 4u - 64u);
  for (size_t turns = 1; world.server.has_unfinished(); ++turns) {
    world.server.go_on(world.clock.steady());
    EXPECT_EQ(world.server.sessions(), 4 + 4 * turns);
  }
  EXPECT_EQ(world.server.sessions(), 68u);
}

TEST(DtlsServerTest, FiftyClientsBehindOneAddressStartTogether) {
  DtlsWorld world({.handshakes_per_turn = 4});
  std::vector<DtlsClient> clients(50);
  const auto path_to = [](size_t i) { return path_of("198.51.100.1:" + std::to_string(4000 + i)); };
  std::vector<bool> done(clients.size());
  for (auto& client : clients) client.handshake();
  uint64_t most_opened = 0;
  const auto turn = [&](auto&& what) {
    const auto before = world.server.counters().opened.value();
    what();
    most_opened = std::max(most_opened, world.server.counters().opened.value() - before);
  };
  for (int round = 0; round < 4; ++round) {
    turn([&] {
      world.server.begin_turn();
      for (size_t i = 0; i < clients.size(); ++i) world.deliver(clients[i], path_to(i));
    });
    while (world.server.has_unfinished()) turn([&] { world.server.go_on(world.clock.steady()); });
    for (const auto& [client, datagram] : world.take_addressed()) {
      const size_t i = client.port - 4000u;
      done[i] = clients[i].input(datagram);
    }
  }
  EXPECT_THAT(done, ::testing::Each(true));
  EXPECT_EQ(world.server.counters().opened.value(), 50u);
  EXPECT_LE(most_opened, DtlsOptions().handshake_datagrams_per_turn);
}

TEST(DtlsServerTest, ANetworkGetsAQuarterOfAllPlaces) {
  DtlsWorld world({.limits = {.sessions = 16, .sessions_per_source = 2}});
  std::vector<DtlsClient> clients(6);
  size_t connected = 0;
  for (size_t i = 0; i < clients.size(); ++i)
    connected += world.connect(clients[i], path_of("[2001:db8:1:" + std::to_string(i + 1) + "::1]:1"));
  EXPECT_EQ(connected, 4u);
  DtlsClient elsewhere;
  EXPECT_TRUE(world.connect(elsewhere, path_of("[2001:db8:2::1]:1")));
}

TEST(DtlsServerTest, WhenAllPlacesAreTakenTheLongestStrangerGoesForWhoHasFewer) {
  DtlsWorld world({.limits = {.sessions = 3, .sessions_per_source = 3}});
  std::vector<DtlsClient> clients(6);
  const auto first = path_of("198.51.100.1:1"), second = path_of("198.51.100.1:2");
  world.in_use = true;
  ASSERT_TRUE(world.connect(clients[0], first));
  world.in_use = false;
  ASSERT_TRUE(world.connect(clients[1], second));
  ASSERT_TRUE(world.connect(clients[2], path_of("198.51.100.2:1")));
  EXPECT_FALSE(world.connect(clients[3], path_of("198.51.100.1:3"))) << "nobody has more than they";
  EXPECT_TRUE(world.connect(clients[4], path_of("198.51.100.3:1")));
  EXPECT_THAT(world.closed, ElementsAre(second.client)) << "the first has an allocation";
  EXPECT_TRUE(world.connect(clients[5], path_of("198.51.100.4:1")));
  EXPECT_THAT(world.closed, ElementsAre(second.client, path_of("198.51.100.2:1").client));
  EXPECT_EQ(world.server.sessions(), 3u);
}

TEST(DtlsServerTest, ARepeatedHelloWithCookieStartsNoSecondHandshake) {
  DtlsWorld world;
  DtlsClient client;
  client.handshake();
  world.deliver(client, kAlice);
  client.input(world.take_sent().at(0));
  const auto hello = client.sent.front();
  world.deliver(client, kAlice);
  world.server.handle_datagram(world.clock.steady(), kAlice, hello);
  EXPECT_EQ(world.server.sessions(), 1u);
  EXPECT_EQ(world.server.counters().failed.value(), 0u);
  EXPECT_TRUE(world.connect(client, kAlice));
}

TEST(DtlsServerTest, OneSourceAndAllSourcesTogetherAreBounded) {
  DtlsWorld world({.limits = {.sessions = 3, .sessions_per_source = 2}});
  std::vector<DtlsClient> clients(5);
  EXPECT_TRUE(world.connect(clients[0], path_of("198.51.100.1:1")));
  EXPECT_TRUE(world.connect(clients[1], path_of("198.51.100.1:2")));
  EXPECT_FALSE(world.connect(clients[2], path_of("198.51.100.1:3"))) << "one source too many";
  EXPECT_TRUE(world.connect(clients[3], path_of("198.51.100.2:1")));
  world.server.set_limits({.sessions = 3, .sessions_per_source = 3});
  EXPECT_FALSE(world.connect(clients[4], path_of("198.51.100.1:4"))) << "full";
  world.server.set_limits({.sessions = 3, .sessions_per_source = 2});
  EXPECT_EQ(world.server.counters().dropped_full.value(), 2u);
  clients[0].close();
  world.deliver(clients[0], path_of("198.51.100.1:1"));
  DtlsClient late;
  EXPECT_TRUE(world.connect(late, path_of("198.51.100.1:4"))) << "a place is free again";
  world.server.set_limits({.sessions = 4, .sessions_per_source = 2});
  DtlsClient more;
  EXPECT_TRUE(world.connect(more, path_of("198.51.100.3:2"))) << "the limit was raised";
}

TEST(DtlsServerTest, ASubscriberWithManyIpv6AddressesIsOneSource) {
  DtlsWorld world({.limits = {.sessions = 9, .sessions_per_source = 1}});
  std::vector<DtlsClient> clients(3);
  EXPECT_TRUE(world.connect(clients[0], path_of("[2001:db8::1]:1")));
  EXPECT_FALSE(world.connect(clients[1], path_of("[2001:db8::2]:1")));
  EXPECT_TRUE(world.connect(clients[2], path_of("[2001:db8:0:1::1]:1")));
}

TEST(DtlsServerTest, TheSourcesOfOneIpv6NetworkShareALargerNumber) {
  DtlsWorld world({.limits = {.sessions = 99, .sessions_per_source = 1}});
  std::vector<DtlsClient> clients(20);
  size_t connected = 0;
  const auto path_in = [](size_t i) { return path_of("[2001:db8:1:" + std::to_string(i + 1) + "::1]:1"); };
  for (size_t i = 0; i < clients.size(); ++i) connected += world.connect(clients[i], path_in(i));
  EXPECT_EQ(connected, 16u);
  clients[0].close();
  world.deliver(clients[0], path_in(0));
  DtlsClient late, elsewhere;
  EXPECT_TRUE(world.connect(late, path_in(30)));
  EXPECT_TRUE(world.connect(elsewhere, path_of("[2001:db8:2::1]:1")));
}

TEST(DtlsServerTest, OldVersionsAndWeakCiphersGetNoAssociation) {
  DtlsWorld world;
  DtlsClient old("DEFAULT", DTLS1_VERSION);
  EXPECT_FALSE(world.connect(old, kAlice));
  for (const auto* const cipher : {"AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256",
                                   "ECDHE-ECDSA-AES256-CCM8", "ECDHE-ECDSA-AES128-CCM"}) {
    DtlsClient weak(cipher);
    EXPECT_FALSE(world.connect(weak, path_of("198.51.100.2:1"))) << cipher;
    world.clock.advance(11s);
    world.server.handle_timeout(world.clock.steady());
  }
  EXPECT_EQ(world.server.sessions(), 0u);
  EXPECT_EQ(world.server.counters().opened.value(), 0u);
}

TEST(DtlsServerTest, HandshakeDatagramsKeepToTheMtu) {
  DtlsWorld world({.mtu_bytes = 300});
  DtlsClient client;
  client.handshake();
  world.deliver(client, kAlice);
  client.input(world.take_sent().at(0));
  world.deliver(client, kAlice);
  EXPECT_GT(world.sent.size(), 1u);
  for (const auto& datagram : world.sent) EXPECT_LE(datagram.size(), 300u);
}

// All that `client` has written leaves as one datagram.
void join(DtlsClient& client) {
  DtlsClient::Datagram joined;
  for (const auto& datagram : client.sent) joined.insert(joined.end(), datagram.begin(), datagram.end());
  client.sent = {joined};
}

TEST(DtlsServerTest, RecordsBeyondOnesShareWaitForAnotherTurn) {
  DtlsWorld world;
  DtlsClient greedy, modest;
  const auto elsewhere = path_of("198.51.100.2:4000");
  ASSERT_TRUE(world.connect(greedy, kAlice));
  ASSERT_TRUE(world.connect(modest, elsewhere));
  const size_t share = 1 + DtlsOptions().further_records_per_turn;
  for (int i = 0; i < 100; ++i) greedy.write(std::to_string(i));
  join(greedy);
  world.server.begin_turn();
  world.deliver(greedy, kAlice);
  EXPECT_THAT(world.data, SizeIs(share));
  modest.write("modest");
  world.deliver(modest, elsewhere);
  EXPECT_EQ(world.data.back(), "modest");
  greedy.write("overtakes");
  world.deliver(greedy, kAlice);
  EXPECT_EQ(world.server.counters().dropped_share.value(), 1u);
  size_t turns = 0;
  for (; world.server.has_unfinished(); ++turns) world.server.go_on(world.clock.steady());
  EXPECT_EQ(turns, (100 - 1) / share);
  std::erase(world.data, "modest");
  ASSERT_THAT(world.data, SizeIs(100));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(world.data[static_cast<size_t>(i)], std::to_string(i));
  greedy.write("at its turn");
  world.deliver(greedy, kAlice);
  EXPECT_EQ(world.data.back(), "at its turn");
}

TEST(DtlsServerTest, RecordsThatNobodyCanReadUseUpTheShareToo) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  std::vector<uint8_t> forged{23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9, 0, 24};
  forged.resize(13 + 24, 0xaa);
  std::vector<uint8_t> many;
  for (int i = 0; i < 400; ++i) many.insert(many.end(), forged.begin(), forged.end());
  world.server.begin_turn();
  world.server.handle_datagram(world.clock.steady(), kAlice, many);
  EXPECT_EQ(world.server.counters().dropped_share.value(), 0u);
  world.server.handle_datagram(world.clock.steady(), kAlice, many);
  EXPECT_EQ(world.server.counters().dropped_share.value(), 1u);
  client.write("a datagram of one record");
  world.deliver(client, kAlice);
  EXPECT_THAT(world.data, ElementsAre("a datagram of one record"));
  world.server.begin_turn();
  world.server.handle_datagram(world.clock.steady(), kAlice, many);
  EXPECT_EQ(world.server.counters().dropped_share.value(), 1u);
}

TEST(DtlsServerTest, ADatagramThatNobodyCanReadIsReadAsFarAsItsShareAndKeepsNothingWaiting) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  std::vector<uint8_t> forged{23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9, 0, 24};
  forged.resize(13 + 24, 0xaa);
  const auto with_junk_before = [&](const std::string& text, size_t junk) {
    client.write(text);
    auto& datagram = client.sent.back();
    for (size_t i = 0; i < junk; ++i) datagram.insert(datagram.begin(), forged.begin(), forged.end());
    world.server.begin_turn();
    world.deliver(client, kAlice);
  };
  const size_t further = DtlsOptions().further_records_per_turn;
  with_junk_before("read", further);
  EXPECT_THAT(world.data, ElementsAre("read"));
  with_junk_before("beyond", further + 1);
  EXPECT_THAT(world.data, ElementsAre("read"));
  EXPECT_FALSE(world.server.has_unfinished());
}

TEST(DtlsServerTest, FurtherRecordsOfAllStrangersTogetherAreBoundedInATurn) {
  DtlsWorld world;
  std::vector<DtlsClient> clients(20);
  const auto path_to = [](size_t i) { return path_of("198.51.100.1:" + std::to_string(4000 + i)); };
  for (size_t i = 0; i < clients.size(); ++i) ASSERT_TRUE(world.connect(clients[i], path_to(i)));
  world.server.begin_turn();
  for (size_t i = 0; i < clients.size(); ++i) {
    for (int j = 0; j < 40; ++j) clients[i].write("x");
    join(clients[i]);
    world.deliver(clients[i], path_to(i));
  }
  const size_t most = DtlsOptions().strangers_records_per_turn;
  EXPECT_THAT(world.data, SizeIs(clients.size() + most));
  while (world.server.has_unfinished()) {
    const size_t before = world.data.size();
    world.server.go_on(world.clock.steady());
    EXPECT_LE(world.data.size() - before, most + clients.size());
    EXPECT_GT(world.data.size(), before);
  }
  EXPECT_THAT(world.data, SizeIs(clients.size() * 40));
  world.in_use = true;
  for (size_t i = 0; i < clients.size(); ++i) {
    clients[i].write("known");
    world.deliver(clients[i], path_to(i));
  }
  world.data.clear();
  world.server.begin_turn();
  for (size_t i = 0; i < clients.size(); ++i) {
    for (int j = 0; j < 30; ++j) clients[i].write("x");
    join(clients[i]);
    world.deliver(clients[i], path_to(i));
  }
  EXPECT_THAT(world.data, SizeIs(clients.size() * 30)) << "who is in use has a share of its own";
}

TEST(DtlsServerTest, AnAssociationMayEndWhileItsRecordsWait) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  for (int i = 0; i < 100; ++i) client.write("x");
  client.close();
  join(client);
  world.server.begin_turn();
  world.deliver(client, kAlice);
  ASSERT_TRUE(world.server.has_unfinished());
  world.server.close(kAlice);
  EXPECT_FALSE(world.server.has_unfinished());
  EXPECT_EQ(world.server.sessions(), 0u);
  world.server.go_on(world.clock.steady());
}

TEST(DtlsServerTest, AGoodbyeBehindRecordsThatWaitIsHeard) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  for (int i = 0; i < 50; ++i) client.write("x");
  client.close();
  join(client);
  world.deliver(client, kAlice);
  EXPECT_EQ(world.server.sessions(), 1u);
  while (world.server.has_unfinished()) world.server.go_on(world.clock.steady());
  EXPECT_THAT(world.data, SizeIs(50));
  EXPECT_EQ(world.server.sessions(), 0u);
}

TEST(DtlsServerTest, ARecordLongerThanTheProtocolAllowsIsRefused) {
  DtlsWorld world;
  DtlsClient client;
  ASSERT_TRUE(world.connect(client, kAlice));
  EXPECT_TRUE(send(world.server, kAlice, std::string(16384, 'x')));
  EXPECT_EQ(client.read(world.sent.at(0)).size(), 16384u);
  EXPECT_FALSE(send(world.server, kAlice, std::string(16385, 'x')));
}

}  // namespace
}  // namespace net
