#include "net/sniffer.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace net {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kCookie = "\x21\x12\xa4\x42"sv;

struct Case {
  const char* name;
  std::string_view bytes;
  size_t sure_after_bytes;  // before that many octets nothing can be said, with them it must be
  FirstBytes plain;
  FirstBytes inside_tls;
};

constexpr auto kUnknown = FirstBytes::kUnknown;
constexpr auto kHttp = FirstBytes::kHttp;
constexpr auto kChannelData = FirstBytes::kChannelData;

const Case kCases[] = {
    {"TlsClientHello", "\x16\x03\x01\x02\x00\x01"sv, 2, FirstBytes::kTls, FirstBytes::kTlsInTls},
    {"ProxyV2", "\r\n\r\n\0\r\nQUIT\n\x21\x11"sv, 12, FirstBytes::kProxyV2, kUnknown},
    {"ProxyV1", "PROXY TCP4 192.0.2.1"sv, 6, FirstBytes::kProxyV1, kUnknown},
    {"StunBinding", "\x00\x01\x00\x00\x21\x12\xa4\x42\x01\x02\x03\x04"sv, 8, FirstBytes::kStun,
     FirstBytes::kStun},
    {"TurnAllocate", "\x00\x03\x00\x24\x21\x12\xa4\x42\x01\x02\x03\x04"sv, 8, FirstBytes::kStun,
     FirstBytes::kStun},
    {"StunErrorResponse", "\x01\x13\x00\x10\x21\x12\xa4\x42"sv, 8, FirstBytes::kStun, FirstBytes::kStun},
    {"StunOfTypeThatLooksLikeTls", "\x16\x04\x00\x00\x21\x12\xa4\x42"sv, 8, FirstBytes::kStun,
     FirstBytes::kStun},
    {"IceTcp", "\x00\x5c\x00\x01\x00\x48\x21\x12\xa4\x42\x01\x02"sv, 10, FirstBytes::kIceTcp,
     FirstBytes::kIceTcp},
    // Its length field holds the start of the cookie where STUN would have it.
    {"IceTcpOfTheCookiesLength", "\x21\x24\x00\x01\x21\x10\x21\x12\xa4\x42"sv, 10, FirstBytes::kIceTcp,
     FirstBytes::kIceTcp},
    {"IceTcpThatDisagreesWithItsFrame", "\x00\x5d\x00\x01\x00\x48\x21\x12\xa4\x42"sv, 6, kUnknown, kUnknown},
    {"StunWithAnOddLength", "\x00\x01\x00\x02\x21\x12\xa4\x42"sv, 6, kUnknown, kUnknown},
    {"Rfc3489Stun", "\x00\x01\x00\x08\x01\x02\x03\x04\x05\x06\x07\x08"sv, 6, kUnknown, kUnknown},
    {"CookieOneBitOff", "\x00\x01\x00\x00\x21\x12\xa4\x43"sv, 8, kUnknown, kUnknown},
    {"Get", "GET / HTTP/1.1\r\n"sv, 4, kHttp, kHttp},
    {"Head", "HEAD / HTTP/1.1\r\n"sv, 5, kHttp, kHttp},
    {"Post", "POST /whip HTTP/1.1\r\n"sv, 5, kHttp, kHttp},
    {"Put", "PUT / HTTP/1.1\r\n"sv, 4, kHttp, kHttp},
    {"Patch", "PATCH / HTTP/1.1\r\n"sv, 6, kHttp, kHttp},
    {"Delete", "DELETE / HTTP/1.1\r\n"sv, 7, kHttp, kHttp},
    {"Options", "OPTIONS * HTTP/1.1\r\n"sv, 8, kHttp, kHttp},
    {"Connect", "CONNECT a:1 HTTP/1.1\r\n"sv, 8, kHttp, kHttp},
    {"Trace", "TRACE / HTTP/1.1\r\n"sv, 6, kHttp, kHttp},
    {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"sv, 4, FirstBytes::kHttp2, FirstBytes::kHttp2},
    {"LowerCaseMethod", "get / HTTP/1.1\r\n"sv, 1, kUnknown, kUnknown},
    {"UnknownMethod", "PROPFIND / HTTP/1.1\r\n"sv, 4, kUnknown, kUnknown},
    {"MethodWithoutSpace", "GET/ HTTP/1.1\r\n"sv, 4, kChannelData, kChannelData},
    {"ChannelDataOfTheFirstChannel", "\x40\x00\x00\x04zzzz"sv, 1, kChannelData, kChannelData},
    {"ChannelDataOfTheLastChannel", "\x4f\xff\x00\x04zzzz"sv, 2, kChannelData, kChannelData},
    {"ChannelDataThatBeginsLikeGet", "\x47\x45\x00\x04zzzz"sv, 3, kChannelData, kChannelData},
    {"ReservedChannelRange", "\x5f\x00\x00\x04zzzz"sv, 1, kUnknown, kUnknown},
    {"Ssh", "SSH-2.0-OpenSSH_9.2\r\n"sv, 1, kUnknown, kUnknown},
    {"Smtp", "EHLO example.org\r\n"sv, 1, kChannelData, kChannelData},
    {"Rtp", "\x80\x60\x00\x01"sv, 1, kUnknown, kUnknown},
    {"AllOnes", "\xff\xff\xff\xff"sv, 1, kUnknown, kUnknown},
    {"BlankLines", "\r\n\r\nGET / HTTP/1.1\r\n"sv, 6, kUnknown, kUnknown},
    {"TlsAlert", "\x15\x03\x01\x00\x02\x02\x28\x00"sv, 6, kUnknown, kUnknown},
};

class SnifferTest : public testing::TestWithParam<Case> {};

TEST_P(SnifferTest, DecidesWithTheFirstByteThatLeavesOneAnswer) {
  const auto& [name, bytes, sure_after_bytes, plain, inside_tls] = GetParam();
  for (size_t split = 0; split <= bytes.size(); ++split) {
    const auto seen = base::as_bytes(bytes.substr(0, split));
    const bool sure = split >= sure_after_bytes;
    EXPECT_EQ(sniff(seen, Wrapping::kNone), sure ? plain : FirstBytes::kNeedMore)
        << name << " after " << split;
    if (inside_tls == kUnknown && plain != kUnknown && !sure) continue;  // may be sure earlier than outside
    EXPECT_EQ(sniff(seen, Wrapping::kTls), sure ? inside_tls : FirstBytes::kNeedMore)
        << name << " after " << split;
  }
}

INSTANTIATE_TEST_SUITE_P(FirstBytes, SnifferTest, testing::ValuesIn(kCases),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(SnifferTest, NeverWaitsForMoreThanItsLimit) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      std::string bytes(kSniffBytes, '\0');
      bytes[0] = static_cast<char>(first);
      bytes[1] = static_cast<char>(second);
      EXPECT_NE(sniff(base::as_bytes(bytes), Wrapping::kNone), FirstBytes::kNeedMore)
          << first << " " << second;
      bytes.replace(4, kCookie.size(), kCookie);
      EXPECT_NE(sniff(base::as_bytes(bytes), Wrapping::kTls), FirstBytes::kNeedMore)
          << first << " " << second;
    }
  }
}

}  // namespace
}  // namespace net
