#include "app/hub_options.h"

#include <gtest/gtest.h>

namespace app {
namespace {

// What names, numbers and the frame add is below this.
constexpr size_t kAround = 4096;

TEST(HubBoundsTest, TheLargestMessagePassesEveryBound) {
  for (const size_t message : {4u * 1024, 64u * 1024, 1024u * 1024, 16u * 1024 * 1024}) {
    SignalingConfig config;
    config.max_message.bytes = message;
    const auto hub = hub_bounds(config);
    const auto sockets = socket_bounds(config);
    EXPECT_EQ(sockets.limits.message_bytes, message);
    for (const size_t bound : {sockets.send_queue_bytes, sockets.hold_back_bytes + kAround, hub.history.bytes,
                               hub.offline_queue.bytes, hub.receiver_bytes, hub.user_bytes, hub.history_bytes,
                               hub.queued_bytes, static_cast<size_t>(hub.rates.burst_bytes)})
      EXPECT_GE(bound, message + kAround) << message;
    // What a resumed session hears at once: its history, then what waited.
    EXPECT_GE(sockets.send_queue_bytes, hub.history.bytes + hub.offline_queue.bytes + message);
  }
}

TEST(HubBoundsTest, EveryPeerOfAUserMayCallAllOthersAtOnce) {
  for (const uint32_t peers : {1u, 20u, 200u}) {
    SignalingConfig config;
    config.peers_per_user = peers;
    const auto hub = hub_bounds(config);
    const size_t messages = peers * 31;  // an offer and thirty candidates for each
    EXPECT_GE(hub.rates.burst_messages, messages);
    EXPECT_GE(hub.rates.burst_bytes, peers * (8u * 1024 + 30 * 400));
    EXPECT_GE(hub.unanswered_ids, messages);
    EXPECT_GE(hub.history.messages, messages) << "all others may call one";
    EXPECT_GE(hub.history.bytes, peers * (8u * 1024 + 30 * 400));
  }
}

TEST(HubBoundsTest, WhatTheOperatorSaysHolds) {
  SignalingConfig config;
  config.message_rate = {.per_second = 7, .burst = 8, .bytes_per_second = {9}, .burst_bytes = {1024 * 1024}};
  const auto rates = hub_bounds(config).rates;
  EXPECT_EQ(rates.messages_per_second, 7u);
  EXPECT_EQ(rates.burst_messages, 8u);
  EXPECT_EQ(rates.bytes_per_second, 9u);
  EXPECT_EQ(rates.burst_bytes, 1024u * 1024);
  config.message_rate.burst_bytes = {1};
  EXPECT_GE(hub_bounds(config).rates.burst_bytes, config.max_message.bytes)
      << "or no large message ever passed";
}

}  // namespace
}  // namespace app
