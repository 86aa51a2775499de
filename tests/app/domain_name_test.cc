#include "app/domain_name.h"

#include <gtest/gtest.h>

namespace app {
namespace {

net::Certificate certificate_for(const std::string& name) {
  return *net::Certificate::make_self_signed(
      {.common_name = name, .now = base::WallTime{std::chrono::sys_days{std::chrono::June / 1 / 2026}}});
}

Config configured(const std::string& realm) {
  Config config;
  config.realm = realm;
  config.tls.certificate = "/etc/icebox/fullchain.pem";
  return config;
}

TEST(DomainNameTest, IsTheRealmThatTheCertificateIsFor) {
  EXPECT_EQ(domain_name(configured("turn.example.org"), certificate_for("turn.example.org")),
            "turn.example.org");
}

TEST(DomainNameTest, AnotherNameOrNoneOrAnAddressIsNoDomainName) {
  EXPECT_EQ(domain_name(configured("turn.example.org"), certificate_for("www.example.org")), "");
  EXPECT_EQ(domain_name(configured("turn.example.org"), std::nullopt), "");
  EXPECT_EQ(domain_name(configured("icebox"), certificate_for("icebox")), "");
  EXPECT_EQ(domain_name(configured("192.0.2.1"), certificate_for("192.0.2.1")), "");
}

TEST(DomainNameTest, ASelfMadeCertificateNamesTheRealmButConvincesNobody) {
  auto config = configured("turn.example.org");
  config.tls.certificate.clear();
  EXPECT_EQ(domain_name(config, certificate_for("turn.example.org")), "");
}

}  // namespace
}  // namespace app
