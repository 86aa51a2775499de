#include "app/ice_server_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Listening at(Scheme scheme, const char* bound, const char* advertised) {
  return {scheme, *base::Endpoint::parse(bound), *base::Endpoint::parse(advertised)};
}

hub::IceServerSettings settings_of(const std::vector<Listening>& listening) {
  AuthSettings auth;
  auth.secrets = {"secret"};
  return ice_server_settings(Config{}, auth, listening);
}

TEST(IceServerSettingsTest, AListenerOnLoopbackIsForAProxyAndNoClientIsToldOfIt) {
  const auto settings = settings_of({at(Scheme::kUdp, "0.0.0.0:3478", "203.0.113.7:3478"),
                                     at(Scheme::kTcp, "127.0.0.1:8080", "203.0.113.7:8080"),
                                     at(Scheme::kTls, "[::1]:8443", "[::1]:8443")});
  EXPECT_THAT(settings.stun_urls, ElementsAre("stun:203.0.113.7:3478"));
  EXPECT_THAT(settings.turn_urls, ElementsAre("turn:203.0.113.7:3478?transport=udp"));
}

TEST(IceServerSettingsTest, WhereEverythingIsOnLoopbackItIsATrialOnOneMachine) {
  const auto settings = settings_of({at(Scheme::kTcp, "127.0.0.1:3478", "127.0.0.1:3478")});
  EXPECT_THAT(settings.stun_urls, IsEmpty());
  EXPECT_THAT(settings.turn_urls, ElementsAre("turn:127.0.0.1:3478?transport=tcp"));
}

}  // namespace
}  // namespace app
