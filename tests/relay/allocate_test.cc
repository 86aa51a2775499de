// Allocate: every check in the order of RFC 8656 §7.2, lifetimes and resent requests.
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

using base::Family;

constexpr std::array<uint8_t, 8> kToken{1, 2, 3, 4, 5, 6, 7, 8};
constexpr std::array<uint8_t, 3> kThreeOctets{};

struct AllocateCase {
  const char* section;
  const char* what;
  TurnClient::Fill fill;
  int code;
};

const AllocateCase kCases[] = {
    {"§7.2 item 2", "without REQUESTED-TRANSPORT", [](auto&) {}, 400},
    {"§7.2 item 2", "with a short REQUESTED-TRANSPORT",
     [](auto& m) { m.attribute(AttributeType::kRequestedTransport, kThreeOctets); }, 400},
    {"§7.2 item 2", "for TCP where only UDP is served", [](auto& m) { m.transport(6); }, 442},
    {"§7.2 item 2", "for an unknown transport", [](auto& m) { m.transport(132); }, 442},
    {"§7.2 item 3", "with DONT-FRAGMENT",
     [](auto& m) { m.transport().attribute(AttributeType::kDontFragment); }, 200},
    {"§7.2 item 4", "with token and EVEN-PORT", [](auto& m) { m.transport().token(kToken).even_port(false); },
     400},
    {"§7.2 item 4", "with token and family",
     [](auto& m) { m.transport().token(kToken).family(Family::kIpv4); }, 400},
    {"§7.2 item 4", "with token and second family",
     [](auto& m) { m.transport().token(kToken).additional(Family::kIpv6); }, 400},
    {"§7.2 item 4", "with a token of three octets", [](auto& m) { m.transport().token(kThreeOctets); }, 400},
    {"§7.2 item 4", "with a token nobody gave", [](auto& m) { m.transport().token(kToken); }, 508},
    {"§7.2 item 5", "with both family attributes",
     [](auto& m) { m.transport().family(Family::kIpv4).additional(Family::kIpv6); }, 400},
    {"§7.2 item 5", "for an unknown family", [](auto& m) { m.transport().family(Family{3}); }, 440},
    {"§7.2 item 5", "with a short family",
     [](auto& m) { m.transport().attribute(AttributeType::kRequestedAddressFamily, kThreeOctets); }, 400},
    {"§7.2 item 6", "with EVEN-PORT of three octets",
     [](auto& m) { m.transport().attribute(AttributeType::kEvenPort, kThreeOctets); }, 400},
    {"§7.2 item 6", "with a reserving EVEN-PORT and a second family",
     [](auto& m) { m.transport().even_port(true).additional(Family::kIpv6); }, 400},
    {"§7.2 item 7", "with IPv4 as second family", [](auto& m) { m.transport().additional(Family::kIpv4); },
     400},
    {"RFC 8489 §6.3.1", "with an unknown required attribute",
     [](auto& m) { m.transport().attribute(uint16_t{0x7f00}); }, 420},
    {"RFC 8489 §14", "with an unknown optional attribute",
     [](auto& m) { m.transport().attribute(uint16_t{0xff05}); }, 200},  // libwebrtc's logging id
    {"§18.2", "with a short LIFETIME",
     [](auto& m) { m.transport().attribute(AttributeType::kLifetime, kThreeOctets); }, 400},
    {"RFC 5766 draft", "with BANDWIDTH", [](auto& m) { m.transport().word(AttributeType::kBandwidth, 64); },
     200},
};

TEST(AllocateTest, EveryCheckAnswersWithItsCodeAndLeavesNothingBehind) {
  for (const auto& test : kCases) {
    SCOPED_TRACE(std::string(test.section) + ": an Allocate " + test.what);
    TurnWorld world;
    TurnClient client(world);
    const auto answer = client.request(Method::kAllocate, test.fill);
    EXPECT_EQ(answer.code(), test.code);
    EXPECT_EQ(check_message_integrity(answer.message(), client.login.keys().md5), stun::Check::kRight);
    const size_t made = test.code == 200;
    EXPECT_EQ(world.server.allocation_count(), made);
    EXPECT_EQ(world.ports.opened(), made);
    EXPECT_EQ(world.quotas.in_all(), made);
    EXPECT_EQ(world.gauge(), made);
    EXPECT_EQ(world.ports.leaked(), 0u);
  }
}

TEST(AllocateTest, SuccessTellsTheAdvertisedAddressAndTheClientsOwn) {
  TurnWorld world;
  TurnClient client(world);
  const auto answer = client.allocate();
  ASSERT_EQ(answer.relayed().size(), 1u);
  EXPECT_EQ(answer.relayed()[0].ip, ip("203.0.113.1"));  // not what the socket is bound to
  EXPECT_EQ(answer.mapped(), client.path.tuple.client);
  EXPECT_EQ(answer.lifetime(), 600u);
  EXPECT_FALSE(answer.has(AttributeType::kReservationToken));
}

TEST(AllocateTest, UnknownAttributesAreListed) {  // RFC 8489 §14.13
  TurnWorld world;
  TurnClient client(world);
  const auto answer =
      client.allocate([](auto& m) { m.attribute(uint16_t{0x7f00}).attribute(uint16_t{0x7f01}); });
  EXPECT_EQ(answer.code(), 420);
  EXPECT_EQ(support::to_hex(answer.message().find(AttributeType::kUnknownAttributes)->value), "7f007f01");
}

TEST(AllocateTest, LifetimeIsBetweenTheDefaultAndTheMost) {  // RFC 8656 §7.2
  const std::pair<uint32_t, uint32_t> wanted_and_granted[] = {{0, 600},     {1, 600},          {599, 600},
                                                              {600, 600},   {1800, 1800},      {3600, 3600},
                                                              {3601, 3600}, {0xffffffff, 3600}};
  for (const auto& [wanted, granted] : wanted_and_granted) {
    TurnWorld world;
    TurnClient client(world);
    EXPECT_EQ(client.allocate([&](auto& m) { m.lifetime(wanted); }).lifetime(), granted);
    world.advance(std::chrono::seconds(granted) - 1ms);
    EXPECT_TRUE(client.is_allocated());
    world.advance(1ms);
    EXPECT_FALSE(client.is_allocated());
  }
}

class ResentAllocateTest : public testing::Test {
 protected:
  ResentAllocateTest() { client.challenge(); }
  Answer allocate(uint64_t transaction) {
    TurnMessage message(Method::kAllocate, transaction);
    return client.ask(message.transport().even_port(true).sign(client.login));
  }
  TurnWorld world;
  TurnClient client{world};
};

TEST_F(ResentAllocateTest, GetsTheSameOctetsAgain) {
  const auto first = allocate(5);
  EXPECT_EQ(first.code(), 200);
  world.advance(3s);
  EXPECT_EQ(allocate(5).bytes, first.bytes);
  EXPECT_EQ(world.server.allocation_count(), 1u);
  EXPECT_EQ(world.ports.opened(), 1u);
}

TEST_F(ResentAllocateTest, UnderAnotherTransactionIsAMismatch) {
  EXPECT_EQ(allocate(5).code(), 200);
  EXPECT_EQ(allocate(6).code(), 437);
  EXPECT_EQ(allocate(5).code(), 200);
}

TEST_F(ResentAllocateTest, ByAnotherUserIsAMismatch) {  // the first answer is not for him
  EXPECT_EQ(allocate(5).code(), 200);
  client.login = {"bob", support::password_of("bob"), "icebox", client.login.nonce};
  EXPECT_EQ(allocate(5).code(), 437);
}

TEST_F(ResentAllocateTest, AfterTheEndMakesANewOne) {
  const auto first = allocate(5);
  EXPECT_EQ(client.refresh(0).code(), 200);
  const auto second = allocate(5);
  EXPECT_EQ(second.code(), 200);
  EXPECT_NE(second.relayed(), first.relayed());
}

}  // namespace
}  // namespace relay
