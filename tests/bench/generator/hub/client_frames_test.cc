#include "bench/generator/hub/client_frames.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "net/websocket_receiver.h"

namespace bench::generator::hub {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr MaskKey kKey{0x11, 0x22, 0x33, 0x44};

// A server's frame.
std::string frame(uint8_t first, std::string_view payload) {
  std::string octets{static_cast<char>(first)};
  if (payload.size() < 126) {
    octets += static_cast<char>(payload.size());
  } else if (payload.size() <= UINT16_MAX) {
    octets += {126, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())};
  } else {
    octets += {127,
               0,
               0,
               0,
               0,
               static_cast<char>(payload.size() >> 24),
               static_cast<char>(payload.size() >> 16),
               static_cast<char>(payload.size() >> 8),
               static_cast<char>(payload.size())};
  }
  return octets.append(payload);
}

using Messages = std::vector<std::pair<Opcode, std::string>>;

// What comes out when `octets` arrive `piece` at a time.
Messages read_in_pieces(const std::string& octets, size_t piece) {
  ServerFrames frames;
  Messages messages;
  std::string unread;
  for (size_t at = 0; at < octets.size(); at += piece) {
    unread += octets.substr(at, piece);
    base::Bytes rest = base::as_bytes(unread);
    while (true) {
      const auto message = frames.next(rest);
      EXPECT_TRUE(message.has_value());
      if (!message || !*message) break;
      messages.emplace_back((*message)->opcode, (*message)->payload);
    }
    unread = std::string(base::as_text(rest));
  }
  EXPECT_TRUE(unread.empty());
  return messages;
}

TEST(ClientFramesTest, AServerReadsWhatIsWritten) {
  for (const size_t bytes : {0, 1, 7, 8, 125, 126, 800, 65535, 65536, 70000}) {
    const std::string text(bytes, 'x');
    net::ByteQueue queue;
    append_frame(queue, Opcode::kText, base::as_bytes(text), kKey);
    net::WebSocketFramePool pool;
    net::WebSocketReceiver receiver(pool, {.message_bytes = 100'000});
    base::Bytes unread = std::as_const(queue).bytes();
    std::string seen;
    while (const auto event = receiver.next(unread)) {
      const auto* message = std::get_if<net::WebSocketReceiver::Message>(&*event);
      ASSERT_TRUE(message) << bytes;
      EXPECT_TRUE(message->is_text);
      seen = base::as_text(message->payload);
    }
    EXPECT_EQ(seen, text);
  }
}

TEST(ClientFramesTest, EveryOctetOfThePayloadIsMasked) {
  net::ByteQueue queue;
  append_frame(queue, Opcode::kText, base::as_bytes("abcdefghijklm"), kKey);
  const auto octets = std::as_const(queue).bytes();
  ASSERT_EQ(octets.size(), 6U + 13U);
  for (size_t i = 0; i < 13; ++i) EXPECT_EQ(octets[6 + i], ('a' + i) ^ kKey[i % 4]) << i;
}

TEST(ServerFramesTest, MessagesComeWholeHoweverTheyArrive) {
  const std::string large(70'000, 'y');
  const std::string octets = frame(0x81, "one") + frame(0x81, std::string(300, 'z')) + frame(0x81, large);
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{1000}, octets.size()}) {
    EXPECT_THAT(read_in_pieces(octets, piece),
                ElementsAre(Pair(Opcode::kText, "one"), Pair(Opcode::kText, std::string(300, 'z')),
                            Pair(Opcode::kText, large)));
  }
}

TEST(ServerFramesTest, FragmentsAreJoinedAndAPingBetweenThemComesFirst) {
  const std::string octets = frame(0x01, "he") + frame(0x89, "ping") + frame(0x00, "l") + frame(0x80, "lo") +
                             frame(0x88, "\x03\xe8");
  for (const size_t piece : {size_t{1}, octets.size()}) {
    EXPECT_THAT(read_in_pieces(octets, piece),
                ElementsAre(Pair(Opcode::kPing, "ping"), Pair(Opcode::kText, "hello"),
                            Pair(Opcode::kClose, "\x03\xe8")));
  }
}

TEST(ServerFramesTest, WhatNoServerMaySendIsAnError) {
  for (const std::string& octets :
       {frame(0xc1, "x"), std::string("\x81\x81", 2), frame(0x80, "end of none"),
        frame(0x01, "a") + frame(0x81, "b"), std::string("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10)}) {
    ServerFrames frames;
    base::Bytes unread = base::as_bytes(octets);
    EXPECT_FALSE(frames.next(unread).has_value());
  }
}

}  // namespace
}  // namespace bench::generator::hub
