#include "app/hub/foreign_page.h"

#include <gtest/gtest.h>

namespace app::hub {
namespace {

net::HttpRequest request(std::initializer_list<std::pair<std::string_view, std::string_view>> headers) {
  net::HttpRequest asked;
  asked.method = "POST";
  asked.headers.add("Host", "turn.example.org");
  for (const auto& [name, value] : headers) asked.headers.add(std::string(name), std::string(value));
  return asked;
}
int status(const net::HttpRequest& asked, std::vector<std::string> allowed = {}) {
  const auto refusal = refuse_foreign_page(asked, net::OriginPolicy(std::move(allowed)));
  return refusal ? refusal->code : 0;
}

TEST(ForeignPageTest, ProgramsOurOwnPagesAndAllowedOnesPass) {
  EXPECT_EQ(status(request({})), 0);
  EXPECT_EQ(status(request({{"Origin", "https://turn.example.org"}, {"Sec-Fetch-Site", "same-origin"}})), 0);
  EXPECT_EQ(status(request({{"Sec-Fetch-Site", "same-origin"}})), 0);
  EXPECT_EQ(status(request({{"Sec-Fetch-Site", "none"}})), 0);
  EXPECT_EQ(status(request({{"Origin", "https://app.example"}, {"Sec-Fetch-Site", "cross-site"}}),
                   {"https://app.example"}),
            0);
  EXPECT_EQ(status(request({{"Sec-Fetch-Site", "cross-site"}}), {"*"}), 0);
}

TEST(ForeignPageTest, ForeignPagesAreRefusedByEitherField) {
  EXPECT_EQ(status(request({{"Origin", "https://evil.example"}})), 403);
  EXPECT_EQ(status(request({{"Origin", "null"}})), 403);
  EXPECT_EQ(status(request({{"Sec-Fetch-Site", "cross-site"}})), 403);
  EXPECT_EQ(status(request({{"Sec-Fetch-Site", "same-site"}})), 403);  // another origin of the same domain
  EXPECT_EQ(status(request({{"Sec-Fetch-Site", "nonsense"}})), 403);
  EXPECT_EQ(status(request({{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "same-origin"}})), 403);
}

TEST(ForeignPageTest, WhatAPageMaySendUnaskedIsNoRequestForAToken) {
  for (const std::string_view type : {"text/plain", "text/plain;charset=UTF-8", "Text/Plain ; x",
                                      "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"})
    EXPECT_EQ(refuse_form(request({{"Content-Type", type}})).value_or(signaling::Refusal{}).code, 415)
        << type;
  EXPECT_FALSE(refuse_form(request({{"Content-Type", "application/json; charset=utf-8"}})));
  EXPECT_FALSE(refuse_form(request({})));
}

}  // namespace
}  // namespace app::hub
