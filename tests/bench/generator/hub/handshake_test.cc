#include "bench/generator/hub/handshake.h"

#include <gmock/gmock.h>

#include "net/http_parser.h"
#include "net/websocket_handshake.h"

namespace bench::generator::hub {
namespace {

using testing::HasSubstr;

constexpr std::string_view kAccepted =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

TEST(HandshakeTest, OurServerAcceptsTheRequestAndWeItsAnswer) {
  const auto octets = upgrade_request(*base::Endpoint::parse("127.0.0.1:80"), "/ws?confirm=1", "ibx_token");
  net::HttpParser parser({});
  ASSERT_EQ(parser.feed(base::as_bytes(octets)), octets.size());
  const auto request = parser.take();
  EXPECT_FALSE(net::websocket_refusal(request).has_value());
  EXPECT_EQ(request.bearer_token(), "ibx_token");
  EXPECT_EQ(request.parameter("confirm"), "1");
  const auto answer = net::websocket_acceptance(request, {});
  const auto head = read_upgrade_answer(answer);
  ASSERT_TRUE(head.has_value()) << head.error();
  EXPECT_EQ(*head, answer.size());
}

TEST(HandshakeTest, AHalfAnswerWaitsForTheRestAndFramesBehindItAreLeftAlone) {
  for (size_t have = 0; have < kAccepted.size(); ++have) {
    const auto head = read_upgrade_answer(kAccepted.substr(0, have));
    ASSERT_TRUE(head.has_value()) << have;
    EXPECT_FALSE(head->has_value()) << have;
  }
  EXPECT_EQ(*read_upgrade_answer(std::string(kAccepted) + "\x81\x01x"), kAccepted.size());
}

TEST(HandshakeTest, ARefusalIsTold) {
  const auto refused = read_upgrade_answer("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n\r\n");
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error(), HasSubstr("429"));
  EXPECT_FALSE(read_upgrade_answer("HTTP/1.1 101 Yes\r\nSec-WebSocket-Accept: x\r\n\r\n").has_value());
  EXPECT_FALSE(read_upgrade_answer(std::string(10'000, 'x')).has_value());
}

}  // namespace
}  // namespace bench::generator::hub
