#include "base/address.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace base {
namespace {

using Wide = unsigned __int128;

Wide number_of(const IpAddress& address) { return Wide{address.hi} << 64 | address.lo; }

IpAddress address_of(Wide number, Family family) {
  if (family == Family::kIpv4) return IpAddress::v4(static_cast<uint32_t>(number));
  return IpAddress::v6(static_cast<uint64_t>(number >> 64), static_cast<uint64_t>(number));
}

struct AddressText {
  std::string text;
  IpAddress address;
  std::string printed;
};

class AddressTextTest : public testing::TestWithParam<AddressText> {};

TEST_P(AddressTextTest, IsReadAndPrintedInItsCanonicalForm) {
  const auto parsed = IpAddress::parse(GetParam().text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, GetParam().address);
  EXPECT_EQ(parsed->to_string(), GetParam().printed);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, AddressTextTest,
    testing::Values(AddressText{"192.0.2.1", IpAddress::v4(0xc0000201), "192.0.2.1"},
                    AddressText{"0.0.0.0", IpAddress::v4(0), "0.0.0.0"},
                    AddressText{"255.255.255.255", IpAddress::v4(0xffffffff), "255.255.255.255"},
                    AddressText{"::", IpAddress::v6(0, 0), "::"},
                    AddressText{"::1", IpAddress::v6(0, 1), "::1"},
                    AddressText{"2001:DB8:0:0::1", IpAddress::v6(0x20010db800000000, 1), "2001:db8::1"},
                    AddressText{"::ffff:192.0.2.1", IpAddress::v6(0, 0xffffc0000201), "::ffff:192.0.2.1"},
                    AddressText{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
                                IpAddress::v6(~uint64_t{0}, ~uint64_t{0}),
                                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}));

TEST(AddressTest, RefusesWhatIsNoAddress) {
  for (const std::string text :
       {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0x7f.0.0.1", " 1.2.3.4", "1.2.3.4 ", "[::1]",
        "fe80::1%eth0", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "localhost",
        "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(AddressTest, ANulDoesNotHideWhatFollowsIt) {
  using namespace std::string_view_literals;
  EXPECT_FALSE(IpAddress::parse("127.0.0.1\0.example"sv));
  EXPECT_FALSE(IpAddress::parse("::1\0"sv));
}

TEST(AddressTest, EveryPrintedAddressIsReadBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto v4 = IpAddress::v4(static_cast<uint32_t>(random()));
    // Zero groups in all places, so that "::" is printed in all places.
    const auto v6 = IpAddress::v6(random() & (random() % 2 ? 0xffff0000ffff0000 : ~uint64_t{0}),
                                  random() & (random() % 2 ? 0x0000ffff0000ffff : ~uint64_t{0}));
    EXPECT_EQ(IpAddress::parse(v4.to_string()), v4);
    EXPECT_EQ(IpAddress::parse(v6.to_string()), v6);
    EXPECT_EQ(Endpoint::parse(Endpoint{v6, 3478}.to_string()), (Endpoint{v6, 3478}));
  }
}

TEST(AddressTest, OnlyAMappedAddressIsUnmapped) {
  EXPECT_EQ(IpAddress::parse("::ffff:10.1.2.3")->unmapped(), IpAddress::parse("10.1.2.3"));
  for (const std::string text :
       {"::10.1.2.3", "::fffe:10.1.2.3", "64:ff9b::10.1.2.3", "1::ffff:10.1.2.3", "10.1.2.3"}) {
    EXPECT_EQ(IpAddress::parse(text)->unmapped(), IpAddress::parse(text)) << text;
  }
}

TEST(AddressTest, UnspecifiedIsAllZerosOfEitherFamily) {
  EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
  EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
  EXPECT_FALSE(IpAddress::parse("::1")->is_unspecified());
  EXPECT_NE(IpAddress::parse("0.0.0.0"), IpAddress::parse("::"));
}

TEST(EndpointTest, IsReadAndPrinted) {
  for (const std::string text : {"192.0.2.1:3478", "[2001:db8::1]:443", "[::]:0", "0.0.0.0:65535"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
}

TEST(EndpointTest, RefusesWhatIsNoEndpoint) {
  for (const std::string text :
       {"", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:+1", "192.0.2.1: 1",
        "192.0.2.1:1x", "2001:db8::1:443", "[192.0.2.1]:1", "[::1]", "[::1]443", "[]:1", "host:1"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

TEST(PrefixTest, IsReadAndPrinted) {
  for (const std::string text :
       {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::/32", "::/0", "::1/128", "fe80::/10"}) {
    const auto prefix = IpPrefix::parse(text);
    ASSERT_TRUE(prefix) << text;
    EXPECT_EQ(prefix->to_string(), text);
  }
  EXPECT_EQ(IpPrefix::parse("192.0.2.1"), IpPrefix::parse("192.0.2.1/32"));
  EXPECT_EQ(IpPrefix::parse("::1"), IpPrefix::parse("::1/128"));
}

TEST(PrefixTest, RefusesHostBitsAndWhatIsNoPrefix) {
  for (const std::string text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/256", "10.0.0.0/8/8",
        "10.0.0.1/8", "2001:db8::1/32", "10.0.0/8", "10.0.0.0/255.0.0.0"}) {
    EXPECT_FALSE(IpPrefix::parse(text)) << text;
  }
}

TEST(PrefixTest, SaysNothingAboutTheOtherFamily) {
  EXPECT_FALSE(IpPrefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("::ffff:10.0.0.1")));
  EXPECT_FALSE(IpPrefix::parse("::/0")->contains(*IpAddress::parse("10.0.0.1")));
}

// CVE class: ranges compared octet by octet make a box, not an interval.
TEST(PrefixTest, HoldsExactlyTheAddressesWhoseLeadingBitsAgree) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20000; ++i) {
    const Family family = random() % 2 ? Family::kIpv4 : Family::kIpv6;
    const int width = family == Family::kIpv4 ? 32 : 128;
    const Wide all = width == 32 ? Wide{0xffffffff} : ~Wide{0};
    const int bits = static_cast<int>(random() % (width + 1));
    const int host_bits = width - bits;
    const Wide host_mask = host_bits == 128 ? ~Wide{0} : (Wide{1} << host_bits) - 1;
    const Wide first = (Wide{random()} << 64 | random()) & all & ~host_mask;
    const Wide last = first | host_mask;
    // Near both ends and anywhere, or next to nothing would ever be inside a long prefix.
    const Wide anywhere = Wide{random()} << 64 | random();
    for (const Wide number : {first, last, first - 1, last + 1, first + (anywhere & host_mask), anywhere}) {
      const IpAddress address = address_of(number & all, family);
      const bool inside = first <= (number & all) && (number & all) <= last;
      const IpPrefix prefix{address_of(first, family), bits};
      ASSERT_EQ(prefix.contains(address), inside) << prefix.to_string() << " and " << address.to_string();
      ASSERT_EQ(number_of(address), number & all);
      ASSERT_EQ(IpPrefix::parse(prefix.to_string()), prefix);
    }
  }
}

}  // namespace
}  // namespace base
