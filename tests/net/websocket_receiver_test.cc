#include "net/websocket_receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/net/websocket_frame.h"

namespace net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Describe {
  std::string operator()(const WebSocketReceiver::Message& message) const {
    return (message.is_text ? "text " : "binary ") + std::string(base::as_text(message.payload));
  }
  std::string operator()(const WebSocketReceiver::TooLarge& message) const {
    return "too large " + std::to_string(message.at_least_bytes);
  }
  std::string operator()(const WebSocketReceiver::Ping& ping) const {
    return "ping " + std::string(base::as_text(ping.payload));
  }
  std::string operator()(const WebSocketReceiver::Pong&) const { return "pong"; }
  std::string operator()(const WebSocketReceiver::Close& close) const {
    return "close " + std::to_string(static_cast<int>(close.code)) + " " + std::string(close.reason);
  }
  std::string operator()(const WebSocketReceiver::Fault& fault) const {
    return "fault " + std::to_string(static_cast<int>(fault.code)) + " " + std::string(fault.reason);
  }
};

struct WebSocketReceiverTest : testing::Test {
  // What `octets` come to, given in pieces of `piece_bytes`.
  std::vector<std::string> events_of(const std::string& octets, size_t piece_bytes) {
    WebSocketReceiver receiver(pool, limits);
    std::vector<std::string> events;
    for (size_t at = 0; at < octets.size(); at += piece_bytes) {
      const std::string piece = octets.substr(at, piece_bytes);
      auto unread = base::as_bytes(piece);
      while (const auto event = receiver.next(unread)) {
        events.push_back(std::visit(Describe{}, *event));
        if (events.back().starts_with("fault")) return events;
      }
      EXPECT_TRUE(unread.empty());
    }
    frames = receiver.frames();
    return events;
  }
  std::vector<std::string> events_of(const std::vector<ClientFrame>& sent) {
    std::string octets;
    for (const auto& frame : sent) octets += to_octets(frame);
    const auto whole = events_of(octets, octets.size());
    if (octets.size() < 10'000) {
      EXPECT_EQ(events_of(octets, 1), whole);
    }
    return whole;
  }

  WebSocketFramePool pool;
  WebSocketLimits limits;
  uint32_t frames = 0;
};

TEST_F(WebSocketReceiverTest, TheFramesOfTheRfcAreRead) {
  // RFC 6455 §5.7: a masked "Hello", and a ping with the same body.
  const std::string hello("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
  const std::string ping("\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
  EXPECT_THAT(events_of(hello + ping, 100), ElementsAre("text Hello", "ping Hello"));
}

TEST_F(WebSocketReceiverTest, EveryLengthAroundEveryBoundaryComesWhole) {
  for (const size_t bytes : {0, 1, 3, 4, 7, 8, 9, 125, 126, 127, 4095, 4096, 4097, 8192, 65535, 65536}) {
    std::string text;
    for (size_t i = 0; i < bytes; ++i) text += static_cast<char>('a' + i % 26);
    EXPECT_THAT(events_of({{kText, text}, {kBinary, text}}), ElementsAre("text " + text, "binary " + text));
  }
}

TEST_F(WebSocketReceiverTest, AMessageCutAnywhereIsTheSame) {
  std::string text;
  for (int i = 0; i < 9000; ++i) text += static_cast<char>('a' + i % 26);
  const std::string octets = to_octets({kText, text}) + to_octets({kPing, "p"}) + to_octets({kText, "end"});
  for (const size_t piece : {1, 2, 3, 5, 7, 1000, 4095, 4096, 4097, 8999}) {
    EXPECT_THAT(events_of(octets, piece), ElementsAre("text " + text, "ping p", "text end")) << piece;
  }
}

TEST_F(WebSocketReceiverTest, ControlFramesInsideAMessageKeepTheirOwnPayload) {
  EXPECT_THAT(events_of({{kText, "one ", false},
                         {kPing, "ping"},
                         {kContinuation, "two ", false},
                         {kPong, "pong"},
                         {kContinuation, "three"}}),
              ElementsAre("ping ping", "pong", "text one two three"));
  EXPECT_EQ(frames, 5u);
}

TEST_F(WebSocketReceiverTest, AMessageAboveTheLimitIsToldOnceAndDropped) {
  limits.message_bytes = 10;
  EXPECT_THAT(events_of({{kText, "exactly 10"},
                         {kText, "not more than eleven"},
                         {kText, "five.", false},
                         {kContinuation, "five.", false},
                         {kContinuation, "one more", false},
                         {kPing, "p"},
                         {kContinuation, "\xff not even UTF-8"},
                         {kText, "small"}}),
              ElementsAre("text exactly 10", "too large 20", "too large 18", "ping p", "text small"));
}

TEST_F(WebSocketReceiverTest, ALengthThatNobodyHasMemoryForIsToldAtOnce) {
  const std::string header("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x", 15);  // 2^63 - 1 octets
  EXPECT_THAT(events_of(header, 100), ElementsAre("too large 9223372036854775807"));
  const std::string above("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x", 15);
  EXPECT_THAT(events_of(above, 100), ElementsAre("fault 1002 a malformed frame header"));
}

TEST_F(WebSocketReceiverTest, AMessageInTooManyFragmentsIsAFault) {
  limits.fragments = 3;
  const ClientFrame first{kText, "", false};
  const ClientFrame more{kContinuation, "", false};
  const ClientFrame last{kContinuation, "x"};
  EXPECT_THAT(events_of({first, more, last, first, more, last}), ElementsAre("text x", "text x"));
  EXPECT_THAT(events_of({first, more, more, last}),
              ElementsAre("fault 1008 a message in too many fragments"));
}

TEST_F(WebSocketReceiverTest, AClientMustMask) {
  EXPECT_THAT(events_of({{.opcode = kText, .payload = "x", .masked = false}}),
              ElementsAre("fault 1002 a client's frame is not masked"));
}

TEST_F(WebSocketReceiverTest, ALengthInMoreOctetsThanItNeedsIsAFault) {
  EXPECT_THAT(events_of(std::string("\x81\xfe\0\x7d\0\0\0\0", 8) + std::string(125, 'x'), 1000),
              ElementsAre("fault 1002 a malformed frame header"));
  EXPECT_THAT(
      events_of(std::string("\x81\xff\0\0\0\0\0\0\xff\xff\0\0\0\0", 14) + std::string(65535, 'x'), 100'000),
      ElementsAre("fault 1002 a malformed frame header"));
}

TEST_F(WebSocketReceiverTest, HalfACharacterAtTheEndIsAFaultAndBetweenFragmentsIsNone) {
  EXPECT_THAT(events_of({{kText, "\xe2\x82", false}, {kContinuation, "\xac"}}),
              ElementsAre("text \xe2\x82\xac"));
  EXPECT_THAT(events_of({{kText, "\xe2\x82"}}), ElementsAre("fault 1007 text that is not UTF-8"));
  EXPECT_THAT(events_of({{kBinary, "\xe2\x82"}}), ElementsAre("binary \xe2\x82"));
}

TEST_F(WebSocketReceiverTest, ManyConnectionsInsideAFrameDoNotMixTheirState) {
  std::vector<std::unique_ptr<WebSocketReceiver>> receivers;
  const auto octets = [](size_t i) { return to_octets({kText, "text of " + std::to_string(i)}); };
  for (size_t i = 0; i < 20; ++i) {
    receivers.push_back(std::make_unique<WebSocketReceiver>(pool, limits));
    const auto front = octets(i).substr(0, 10);
    auto unread = base::as_bytes(front);
    EXPECT_FALSE(receivers.back()->next(unread));
  }
  receivers.erase(receivers.begin() + 5);  // in the middle of its frame
  for (size_t i = 0; i < receivers.size(); ++i) {
    const size_t text = i < 5 ? i : i + 1;
    const auto rest = octets(text).substr(10);
    auto unread = base::as_bytes(rest);
    const auto event = receivers[i]->next(unread);
    ASSERT_TRUE(event);
    EXPECT_EQ(std::visit(Describe{}, *event), "text text of " + std::to_string(text));
  }
}

TEST_F(WebSocketReceiverTest, NothingComesOfNothing) { EXPECT_THAT(events_of("", 1), IsEmpty()); }

TEST(WebSocketHeaderTest, LengthsAreWrittenInAsFewOctetsAsTheyNeed) {
  WebSocketFramePool pool;
  const auto header = [&pool](WebSocketOpcode opcode, size_t bytes) {
    const std::string payload(bytes, 'x');
    return std::string(base::as_text(pool.header_of(opcode, base::as_bytes(payload)).bytes()));
  };
  EXPECT_EQ(header(WebSocketOpcode::kPing, 0), std::string("\x89\0", 2));
  EXPECT_EQ(header(WebSocketOpcode::kText, 125), "\x81\x7d");
  EXPECT_EQ(header(WebSocketOpcode::kText, 126), std::string("\x81\x7e\0\x7e", 4));
  EXPECT_EQ(header(WebSocketOpcode::kBinary, 65535), "\x82\x7e\xff\xff");
  EXPECT_EQ(header(WebSocketOpcode::kText, 65536), std::string("\x81\x7f\0\0\0\0\0\1\0\0", 10));
  EXPECT_EQ(header(WebSocketOpcode::kClose, 2), "\x88\x02");
}

}  // namespace
}  // namespace net
