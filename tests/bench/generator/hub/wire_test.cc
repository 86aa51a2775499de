#include "bench/generator/hub/wire.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "bench/generator/hub/letters.h"
#include "bench/generator/hub/text_stamp.h"
#include "signaling/dialects/hub_json.h"

namespace bench::generator::hub {
namespace {

using namespace std::chrono_literals;
using Kind = Heard::Kind;

const Wire kIcebox{};
const Wire kPeerJs{.dialect = Dialect::kPeerJs, .path = "/peerjs"};

signaling::PeerRef peer(std::string name) {
  signaling::Peer made{.id = signaling::PeerId{1}, .name = std::move(name), .verified = true};
  made.fingerprint = std::string(64, 'A');
  return std::make_shared<const signaling::Peer>(made);
}

TEST(WireTest, TheHubReadsOurMessagesAndWeItsAnswers) {
  Letters letters(kIcebox, 2, 800);
  signaling::dialects::HubJsonReader reader;
  const auto read = reader.read(letters.write(0, 5, base::TimePoint(7ns), 9));
  ASSERT_TRUE(read.has_value()) << read.error().text;
  const auto& outgoing = std::get<signaling::Outgoing>(*read);
  EXPECT_EQ(outgoing.target, "right");
  EXPECT_EQ(outgoing.id, 9U);
  ASSERT_EQ(outgoing.body.size(), 802U);

  auto message = std::make_shared<signaling::Message>();
  message->source = peer("left");
  message->kind = outgoing.kind;
  message->body = outgoing.body;
  message->id = 9;
  std::string relayed;
  signaling::dialects::write_relayed_json(relayed, {.n = 12, .seq = 3, .message = message});
  const auto heard = read_text(Dialect::kIcebox, relayed);
  EXPECT_EQ(heard.kind, Kind::kRelayed);
  EXPECT_EQ(heard.n, 12U);
  letters.count(1, relayed, base::TimePoint(1007ns));
  EXPECT_EQ(letters.sums().delivered, 1U);
  EXPECT_EQ(letters.sums().misdelivered, 0U);
  EXPECT_EQ(letters.latency().max(), 1us);
  EXPECT_TRUE(std::holds_alternative<signaling::dialects::Seen>(*reader.read(confirmation(12))));
}

TEST(WireTest, EveryOtherTextOfTheHubIsTold) {
  using namespace signaling;
  const Welcome welcome{
      .self = peer("left"), .session = "0123abcd", .resumed = true, .peers = {{peer("left"), true}}};
  const auto welcomed = dialects::welcome_json(welcome, "[]", 60s, 65536);
  auto heard = read_text(Dialect::kIcebox, welcomed);
  EXPECT_EQ(heard.kind, Kind::kWelcome);
  EXPECT_EQ(heard.session, "0123abcd");
  EXPECT_TRUE(heard.resumed);
  const auto taken = dialects::receipt_json({4, 77, ReceiptStatus::kDelivered, peer("right"), ""});
  heard = read_text(Dialect::kIcebox, taken);
  EXPECT_EQ(heard.kind, Kind::kAccepted);
  EXPECT_EQ(heard.n, 4U);
  EXPECT_EQ(heard.id, 77U);
  const auto lost = dialects::receipt_json({5, 78, ReceiptStatus::kNotDelivered, peer("right"), "gone"});
  EXPECT_EQ(read_text(Dialect::kIcebox, lost).kind, Kind::kRefusal);
  EXPECT_EQ(read_text(Dialect::kIcebox, lost).n, 5U);
  EXPECT_EQ(read_text(Dialect::kIcebox, dialects::error_json({429, "slow down", 1})).kind, Kind::kRefusal);
  const auto update = dialects::peer_update_json({6, peer("right"), nullptr, true});
  EXPECT_EQ(read_text(Dialect::kIcebox, update).kind, Kind::kNotice);
  EXPECT_EQ(read_text(Dialect::kIcebox, update).n, 6U);
}

TEST(WireTest, PeerJsMessagesAreJsonForTheOtherOfThePair) {
  Letters letters(kPeerJs, 4, 100);
  const auto json = nlohmann::json::parse(letters.write(3, 0, base::TimePoint(7ns), std::nullopt));
  EXPECT_EQ(json.at("type"), "CANDIDATE");
  EXPECT_EQ(json.at("dst"), "load-2");
  const auto relayed =
      R"({"type":"CANDIDATE","src":"load-3","dst":"load-2","payload":)" + json.at("payload").dump() + "}";
  EXPECT_EQ(read_text(Dialect::kPeerJs, relayed).kind, Kind::kRelayed);
  letters.count(2, relayed, base::TimePoint(8ns));
  EXPECT_EQ(letters.sums().delivered, 1U);
  EXPECT_EQ(read_text(Dialect::kPeerJs, R"({"type":"OPEN"})").kind, Kind::kWelcome);
  EXPECT_EQ(read_text(Dialect::kPeerJs, R"({"type":"ID-TAKEN","payload":{"msg":"ID is taken"}})").kind,
            Kind::kRefusal);
}

TEST(WireTest, TargetsNameTheClientAndWhereItLeftOff) {
  EXPECT_EQ(kIcebox.request_target(0, std::nullopt), "/ws?confirm=0");
  Wire confirming = kIcebox;
  confirming.confirms = true;
  EXPECT_EQ(confirming.request_target(1, ResumePoint{"abc", 17}), "/ws?confirm=1&session=abc&last_seq=17");
  EXPECT_EQ(kPeerJs.request_target(6, std::nullopt), "/peerjs?key=peerjs&id=load-6&token=t6&version=1.5.5");
}

TEST(LettersTest, LossDuplicatesAndStraysAreCounted) {
  Letters letters(kIcebox, 4, 60);
  const auto send = [&](uint32_t client) {
    return std::string(
        letters.write(client, letters.next_sequence(client), base::TimePoint(1ns), std::nullopt));
  };
  const auto first = send(0), second = send(0), third = send(2);
  const auto at = base::TimePoint(2ns);
  letters.count(1, second, at);
  letters.count(1, first, at);
  letters.count(1, first, at);
  letters.count(0, third, at);
  auto broken = third;
  broken[broken.size() - 4] ^= 1;
  letters.count(3, broken, at);
  const auto sums = letters.sums();
  EXPECT_EQ(sums.delivered, 3U);
  EXPECT_EQ(sums.duplicates, 1U);
  EXPECT_EQ(sums.reordered, 1U);
  EXPECT_EQ(sums.misdelivered, 1U);
  EXPECT_EQ(sums.corrupt, 1U);
  EXPECT_EQ(letters.received(), 5U);
}

TEST(TextStampTest, ATextWithoutOneHasNone) {
  EXPECT_FALSE(has_text_stamp("{\"data\":1}"));
  EXPECT_FALSE(find_text_stamp("iceload:", 48).has_value());
  EXPECT_FALSE(find_text_stamp("iceload:" + std::string(40, 'x'), 48).has_value());
}

}  // namespace
}  // namespace bench::generator::hub
