#include "app/config/listener_uri.h"

#include <gmock/gmock.h>

#include <vector>

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

TEST(ListenerUriTest, TheIpv6WildcardTakesBothFamiliesUnlessIpv4HasAListenerOfItsOwn) {
  const auto listener = [](const char* text) { return *parse_listener_uri(text); };
  const auto both = [&](const char* asked, std::vector<const char*> others) {
    std::vector<Listener> all{listener(asked)};
    for (const auto* other : others) all.push_back(listener(other));
    return takes_both_families(all[0], all);
  };
  for (const char* asked : {"udp://[::]:3478", "tcp://[::]:3478", "tls://[::]:3478"}) {
    EXPECT_TRUE(both(asked, {})) << asked;
    EXPECT_TRUE(both(asked, {"udp://0.0.0.0:443", "tcp://0.0.0.0:443"})) << asked;
    EXPECT_FALSE(both(asked, {"udp://0.0.0.0:3478", "tcp://0.0.0.0:3478"})) << asked;
    EXPECT_FALSE(both(asked, {"udp://192.0.2.1:3478", "tls://192.0.2.1:3478"})) << asked;
  }
  EXPECT_TRUE(both("udp://[::]:3478", {"tcp://0.0.0.0:3478"}));
  EXPECT_TRUE(both("tcp://[::]:3478", {"udp://0.0.0.0:3478"}));
  EXPECT_TRUE(both("tcp://[::]:0", {"tcp://0.0.0.0:0"}));
  EXPECT_FALSE(both("udp://[2001:db8::1]:3478", {}));
  EXPECT_FALSE(both("udp://0.0.0.0:3478", {}));
}

}  // namespace
}  // namespace app
