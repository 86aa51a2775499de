#include "app/listener_uri.h"

#include <gmock/gmock.h>

namespace app {
namespace {

TEST(ListenerUriTest, EachSchemeAndFamilyIsReadAndWrittenBack) {
  for (const auto* text :
       {"udp://0.0.0.0:3478", "tcp://127.0.0.1:0", "tls://[::]:443", "udp://[2001:db8::1]:65535"}) {
    const auto listener = parse_listener_uri(text);
    ASSERT_TRUE(listener) << text << " " << listener.error();
    EXPECT_EQ(to_string(*listener), text);
  }
}

TEST(ListenerUriTest, AnUnknownSchemeIsToldTheKnownOnes) {
  for (const auto* text :
       {"", "udp", "udp:", "3478", "0.0.0.0:3478", "UDP://0.0.0.0:1", "dtls://0.0.0.0:1"}) {
    const auto listener = parse_listener_uri(text);
    ASSERT_FALSE(listener) << text;
    EXPECT_EQ(listener.error(),
              "does not start with udp://, tcp:// or tls://; write for example \"udp://0.0.0.0:3478\"");
  }
}

TEST(ListenerUriTest, WhatIsNoAddressAndPortIsToldTheShape) {
  for (const auto* text : {"udp://", "udp://0.0.0.0", "udp://:3478", "udp://localhost:3478",
                           "udp://0.0.0.0:65536", "udp://::1:3478", "udp://0.0.0.0:3478/"}) {
    const auto listener = parse_listener_uri(text);
    ASSERT_FALSE(listener) << text;
    EXPECT_EQ(listener.error(),
              "has no ADDRESS:PORT after the scheme; write for example \"udp://0.0.0.0:3478\" or "
              "\"tls://[::]:443\"");
  }
}

}  // namespace
}  // namespace app
