#include "net/websocket_handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Fields = std::vector<std::pair<std::string, std::string>>;

const Fields kGood = {{"Host", "server.example.com"},
                      {"Upgrade", "websocket"},
                      {"Connection", "Upgrade"},
                      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                      {"Sec-WebSocket-Version", "13"}};

HttpRequest request_with(const Fields& fields, std::string method = "GET") {
  HttpRequest request{.method = std::move(method), .target = "/ws", .path = "/ws"};
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  return request;
}

Fields changed(std::string name, std::string value) {
  Fields fields = kGood;
  for (auto& field : fields) {
    if (field.first == name) field.second = value;
  }
  return fields;
}

Fields without(std::string_view name) {
  Fields fields = kGood;
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  return fields;
}

Fields with(std::string name, std::string value) {
  Fields fields = kGood;
  fields.emplace_back(std::move(name), std::move(value));
  return fields;
}

TEST(WebSocketHandshakeTest, TheExampleOfTheRfcIsAccepted) {
  const auto request = request_with(kGood);
  EXPECT_FALSE(websocket_refusal(request));
  EXPECT_EQ(websocket_acceptance(request, "chat"),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
}

TEST(WebSocketHandshakeTest, NoExtensionIsAgreedOn) {
  const auto request =
      request_with(with("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"));
  EXPECT_FALSE(websocket_refusal(request));
  EXPECT_THAT(websocket_acceptance(request, ""), testing::Not(HasSubstr("Sec-WebSocket-Extensions")));
}

struct Handshake {
  std::string what;
  Fields fields;
  uint16_t status;  // 0: accepted
};
struct WebSocketRefusalTest : testing::TestWithParam<Handshake> {};

TEST_P(WebSocketRefusalTest, IsAnsweredWithTheStatusThatSaysWhatToChange) {
  const auto refusal = websocket_refusal(request_with(GetParam().fields));
  EXPECT_EQ(refusal ? refusal->status : 0, GetParam().status) << GetParam().what;
  if (GetParam().status != 426) return;
  EXPECT_EQ(refusal->headers.find("Sec-WebSocket-Version"), "13");
  EXPECT_EQ(refusal->headers.find("Upgrade"), "websocket");
}

INSTANTIATE_TEST_SUITE_P(
    Handshakes, WebSocketRefusalTest,
    testing::Values(Handshake{"Firefox's Connection", changed("Connection", "keep-alive, Upgrade"), 0},
                    Handshake{"case is nothing", changed("Upgrade", "WebSocket"), 0},
                    Handshake{"a plain request", {{"Host", "a"}}, 426},
                    Handshake{"another protocol", changed("Upgrade", "h2c"), 426},
                    Handshake{"a proxy took Connection", without("Connection"), 400},
                    Handshake{"Connection for something else", changed("Connection", "close"), 400},
                    Handshake{"hybi-07", changed("Sec-WebSocket-Version", "7"), 426},
                    Handshake{"a list of versions", changed("Sec-WebSocket-Version", "13, 8"), 426},
                    Handshake{"no version", without("Sec-WebSocket-Version"), 426},
                    Handshake{"two versions", with("Sec-WebSocket-Version", "13"), 426},
                    Handshake{"no key", without("Sec-WebSocket-Key"), 400},
                    Handshake{"two keys", with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), 400},
                    Handshake{"a short key", changed("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ=="), 400},
                    Handshake{"not base64", changed("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j!Q=="), 400},
                    Handshake{"17 octets", changed("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZWU="), 400}));

TEST(WebSocketHandshakeTest, OnlyGetBeginsAWebSocket) {
  for (const auto* method : {"POST", "HEAD", "PUT"}) {
    const auto refusal = websocket_refusal(request_with(kGood, method));
    ASSERT_TRUE(refusal) << method;
    EXPECT_EQ(refusal->status, 405);
    EXPECT_EQ(refusal->headers.find("Allow"), "GET");
  }
}

TEST(WebSocketHandshakeTest, Http10HasNothingToUpgradeFrom) {
  auto request = request_with(kGood);
  request.is_http_1_0 = true;
  EXPECT_EQ(websocket_refusal(request)->status, 400);
}

TEST(WebSocketHandshakeTest, SubprotocolsAreListedInTheClientsOrder) {
  EXPECT_THAT(offered_subprotocols(request_with(kGood)), IsEmpty());
  auto fields = with("Sec-WebSocket-Protocol", "icebox.v1 ,\ticebox.token.abc,,");
  fields.emplace_back("sec-websocket-protocol", "chat");
  const auto request = request_with(fields);
  EXPECT_THAT(offered_subprotocols(request), ElementsAre("icebox.v1", "icebox.token.abc", "chat"));
}

}  // namespace
}  // namespace net
