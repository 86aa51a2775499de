#include "net/proxy_protocol.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace net {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::string_view kIpv4Body = "\xc0\x00\x02\x01\xc6\x33\x64\x02\xd4\x31\x01\xbb"sv;

std::string header(uint8_t version_command, uint8_t family_transport, std::string_view body) {
  std::string bytes(kSignature);
  bytes += static_cast<char>(version_command);
  bytes += static_cast<char>(family_transport);
  bytes += static_cast<char>(body.size() >> 8);
  bytes += static_cast<char>(body.size() & 0xff);
  return bytes.append(body);
}

auto parse(std::string_view bytes) { return parse_proxy_header(base::as_bytes(bytes)); }

ProxyError error_of(std::string_view bytes) {
  const auto parsed = parse(bytes);
  EXPECT_FALSE(parsed.has_value());
  return parsed ? ProxyError{255} : parsed.error();
}

TEST(ProxyProtocolTest, Ipv4HeaderNamesClientAndServer) {
  const auto bytes = header(0x21, 0x11, kIpv4Body);
  const auto parsed = parse(bytes + "GET /");
  ASSERT_TRUE(parsed && *parsed && (*parsed)->addresses);
  EXPECT_EQ((*parsed)->addresses->client.to_string(), "192.0.2.1:54321");
  EXPECT_EQ((*parsed)->addresses->server.to_string(), "198.51.100.2:443");
  EXPECT_EQ((*parsed)->header_bytes, bytes.size());
}

TEST(ProxyProtocolTest, Ipv6HeaderNamesClientAndServer) {
  const auto client = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s;
  const auto server = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"s;
  const auto parsed = parse(header(0x21, 0x21, client + server + "\x04\xd2\x0d\x96"s));
  ASSERT_TRUE(parsed && *parsed && (*parsed)->addresses);
  EXPECT_EQ((*parsed)->addresses->client.to_string(), "[2001:db8::1]:1234");
  EXPECT_EQ((*parsed)->addresses->server.to_string(), "[2001:db8::2]:3478");
}

TEST(ProxyProtocolTest, MappedAddressesComeOutAsIpv4) {
  const auto mapped = "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x07"s;
  const auto parsed = parse(header(0x21, 0x21, mapped + mapped + "\0\x01\0\x02"s));
  ASSERT_TRUE(parsed && *parsed && (*parsed)->addresses);
  EXPECT_EQ((*parsed)->addresses->client.to_string(), "192.0.2.7:1");
}

TEST(ProxyProtocolTest, LocalHeaderLeavesTheSocketsAddresses) {
  for (const auto& body : {""s, "anything at all"s}) {
    const auto parsed = parse(header(0x20, 0x00, body));
    ASSERT_TRUE(parsed && *parsed);
    EXPECT_FALSE((*parsed)->addresses);
    EXPECT_EQ((*parsed)->header_bytes, 16 + body.size());
  }
}

TEST(ProxyProtocolTest, AddressesThatAreNotIpLeaveTheSocketsAddresses) {
  const auto unspecified = parse(header(0x21, 0x00, "skipped"));
  ASSERT_TRUE(unspecified && *unspecified);
  EXPECT_FALSE((*unspecified)->addresses);
  const auto unix_socket = parse(header(0x21, 0x31, std::string(216, 'x')));
  ASSERT_TRUE(unix_socket && *unix_socket);
  EXPECT_FALSE((*unix_socket)->addresses);
}

TEST(ProxyProtocolTest, TlvsAreSkipped) {
  const auto bytes = header(0x21, 0x11, std::string(kIpv4Body) + "\x03\x00\x04\x01\x02\x03\x04\xea\x00\x00"s);
  const auto parsed = parse(bytes);
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ((*parsed)->header_bytes, bytes.size());
}

TEST(ProxyProtocolTest, AHeaderCutAnywhereNeedsMore) {
  const auto bytes = header(0x21, 0x11, kIpv4Body);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    const auto parsed = parse(std::string_view(bytes).substr(0, cut));
    ASSERT_TRUE(parsed) << cut;
    EXPECT_FALSE(*parsed) << cut;
  }
}

TEST(ProxyProtocolTest, TheLengthFieldIsNotWaitedForOnceItIsTooLong) {
  EXPECT_EQ(error_of(header(0x21, 0x11, std::string(kLongestProxyHeader, '\0')).substr(0, 16)),
            ProxyError::kTooLong);
}

TEST(ProxyProtocolTest, WhatIsNoHeaderIsRefusedWithTheReason) {
  EXPECT_EQ(error_of("GET / HTTP/1.1"), ProxyError::kNoHeader);
  EXPECT_EQ(error_of("\x16\x03\x01"), ProxyError::kNoHeader);
  EXPECT_EQ(error_of(header(0x11, 0x11, kIpv4Body)), ProxyError::kVersion);
  EXPECT_EQ(error_of(header(0x22, 0x11, kIpv4Body)), ProxyError::kCommand);
  EXPECT_EQ(error_of(header(0x21, 0x12, kIpv4Body)), ProxyError::kTransport);
  EXPECT_EQ(error_of(header(0x21, 0x41, kIpv4Body)), ProxyError::kTransport);
  EXPECT_EQ(error_of(header(0x21, 0x11, kIpv4Body.substr(1))), ProxyError::kTooShort);
  EXPECT_EQ(error_of(header(0x21, 0x21, kIpv4Body)), ProxyError::kTooShort);
  EXPECT_EQ(error_of(header(0x21, 0x31, std::string(215, 'x'))), ProxyError::kTooShort);
  EXPECT_EQ(error_of(header(0x21, 0x11, std::string(kIpv4Body) + "\x03\x00"s)), ProxyError::kTlv);
  EXPECT_EQ(error_of(header(0x21, 0x11, std::string(kIpv4Body) + "\x03\x00\x02x"s)), ProxyError::kTlv);
}

TEST(ProxyProtocolTest, TheTextHeaderNamesClientAndServer) {
  const auto line = "PROXY TCP4 192.0.2.1 198.51.100.2 54321 443\r\n"s;
  const auto parsed = parse(line + "GET /");
  ASSERT_TRUE(parsed && *parsed && (*parsed)->addresses);
  EXPECT_EQ((*parsed)->addresses->client.to_string(), "192.0.2.1:54321");
  EXPECT_EQ((*parsed)->addresses->server.to_string(), "198.51.100.2:443");
  EXPECT_EQ((*parsed)->header_bytes, line.size());
  const auto ipv6 = parse("PROXY TCP6 2001:db8::1 ::ffff:198.51.100.2 1234 0\r\n");
  ASSERT_TRUE(ipv6 && *ipv6 && (*ipv6)->addresses);
  EXPECT_EQ((*ipv6)->addresses->client.to_string(), "[2001:db8::1]:1234");
  EXPECT_EQ((*ipv6)->addresses->server.to_string(), "198.51.100.2:0");
}

TEST(ProxyProtocolTest, ATextHeaderCutAnywhereNeedsMore) {
  const auto line = "PROXY TCP4 192.0.2.1 198.51.100.2 54321 443\r\n"s;
  for (size_t cut = 0; cut < line.size(); ++cut) {
    const auto parsed = parse(std::string_view(line).substr(0, cut));
    ASSERT_TRUE(parsed) << cut;
    EXPECT_FALSE(*parsed) << cut;
  }
}

TEST(ProxyProtocolTest, UnknownAddressesInTextLeaveTheSockets) {
  for (const auto& line : {"PROXY UNKNOWN\r\n"s, "PROXY UNKNOWN ffff:f...f:ffff 65535 anything\r\n"s}) {
    const auto parsed = parse(line);
    ASSERT_TRUE(parsed && *parsed) << line;
    EXPECT_FALSE((*parsed)->addresses);
    EXPECT_EQ((*parsed)->header_bytes, line.size());
  }
}

TEST(ProxyProtocolTest, AMalformedTextHeaderIsRefused) {
  for (const auto& line :
       {"PROXY TCP4 192.0.2.1 198.51.100.2 54321\r\n"s, "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n"s,
        "PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n"s, "PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n"s,
        "PROXY TCP4 192.0.2.1 198.51.100.2 -1 2\r\n"s, "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n"s,
        "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n"s, "PROXY TCP4 a b 1 2\r\n"s,
        "PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n"s, "PROXY \r\n"s, "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n\r\n"s,
        "PROXY UNKNOWNX\r\n"s, "PROXY TCP4 192.0.2.1 198.51.100.2 000001 2\r\n"s,
        "PROXY " + std::string(200, '1')})
    EXPECT_EQ(error_of(line), ProxyError::kText) << line;
}

TEST(ProxyProtocolTest, ATlvMaySayThatTheProxyEndedTls) {
  const auto of = [](std::string_view tlv) {
    const auto parsed = parse(header(0x21, 0x11, std::string(kIpv4Body).append(tlv)));
    return parsed && *parsed && (*parsed)->client_uses_tls;
  };
  EXPECT_TRUE(of("\x20\x00\x05\x01\0\0\0\0"sv));
  EXPECT_TRUE(of("\x03\x00\x01x\x20\x00\x05\x07\0\0\0\0"sv));
  EXPECT_FALSE(of("\x20\x00\x05\x00\0\0\0\0"sv));
  EXPECT_FALSE(of("\x20\x00\x00"sv));
  EXPECT_FALSE(of(""));
}

TEST(ProxyProtocolTest, EveryErrorSaysWhatIsWrong) {
  for (auto error = 0; error <= static_cast<int>(ProxyError::kTlv); ++error) {
    EXPECT_GT(describe(static_cast<ProxyError>(error)).size(), std::string_view("PROXY header").size());
  }
}

}  // namespace
}  // namespace net
