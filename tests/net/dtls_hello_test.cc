#include "net/dtls_hello.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/net/dtls_client.h"

namespace net {
namespace {

std::vector<uint8_t> first_hello() {
  testing::DtlsClient client;
  client.handshake();
  return client.sent.front();
}

TEST(DtlsHelloTest, ARealClientsFirstHelloHasNoCookieAndItsSecondHasOurs) {
  testing::DtlsClient client;
  client.handshake();
  const auto first = parse_dtls_client_hello(client.sent.front());
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->cookie.empty());
  EXPECT_EQ(first->random.size(), 32u);

  std::vector<uint8_t> buffer(kMaxHelloVerifyRequestBytes);
  const std::vector<uint8_t> cookie(255, 0xc0);
  const auto request = write_hello_verify_request(*first, cookie, buffer);
  EXPECT_EQ(request.size(), kMaxHelloVerifyRequestBytes);
  client.input(request);
  const auto second = parse_dtls_client_hello(client.sent.back());
  ASSERT_TRUE(second);
  EXPECT_TRUE(std::ranges::equal(second->cookie, cookie));
  EXPECT_TRUE(std::ranges::equal(second->random, parse_dtls_client_hello(client.sent.front())->random));
}

TEST(DtlsHelloTest, EveryShorterPieceOfAHelloIsRefused) {
  const auto hello = first_hello();
  for (size_t bytes = 0; bytes < hello.size(); ++bytes)
    EXPECT_FALSE(parse_dtls_client_hello(std::vector<uint8_t>(hello.begin(), hello.begin() + bytes)))
        << bytes;
}

struct Change {
  const char* what;
  size_t offset;
  uint8_t value;
};
class ChangedHelloTest : public ::testing::TestWithParam<Change> {};

TEST_P(ChangedHelloTest, IsNotAClientHello) {
  auto hello = first_hello();
  hello[GetParam().offset] = GetParam().value;
  EXPECT_FALSE(parse_dtls_client_hello(hello)) << GetParam().what;
}
INSTANTIATE_TEST_SUITE_P(Offsets, ChangedHelloTest,
                         ::testing::Values(Change{"record type", 0, 23}, Change{"version of TLS", 1, 3},
                                           Change{"encrypted", 4, 1}, Change{"record too long", 11, 0xff},
                                           Change{"ServerHello", 13, 2}, Change{"fragment offset", 21, 1},
                                           Change{"a fragment", 24, 1},
                                           Change{"session id too long", 59, 0xff}));

}  // namespace
}  // namespace net
