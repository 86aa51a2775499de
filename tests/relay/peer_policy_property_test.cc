// Membership in a prefix is a comparison of big integers (turn-facts 5: once it was done octet by octet).
#include "relay/peer_policy.h"
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

__extension__ using Wide = unsigned __int128;

Wide number_of(const base::IpAddress& address) { return Wide{address.hi} << 64 | address.lo; }
base::IpAddress address_of(base::Family family, Wide number) {
  if (family == base::Family::kIpv4) return base::IpAddress::v4(static_cast<uint32_t>(number));
  return base::IpAddress::v6(static_cast<uint64_t>(number >> 64), static_cast<uint64_t>(number));
}

struct Range {
  base::IpPrefix prefix;
  Wide first, last;
};

Range random_range(support::FixedRandom& random, base::Family family) {
  const int width = family == base::Family::kIpv4 ? 32 : 128;
  const Wide all = width == 32 ? Wide{0xffffffff} : ~Wide{0};
  const int bits = static_cast<int>(random.below(width + 1));
  const Wide host = bits == 0 ? all : bits == width ? Wide{0} : (Wide{1} << (width - bits)) - 1;
  const Wide first = ((Wide{random.next()} << 64 | random.next()) & all) & ~host;
  return {{address_of(family, first), bits}, first, first | host};
}

TEST(PeerPolicyPropertyTest, PrefixesContainExactlyTheirRange) {
  support::FixedRandom random(11);
  for (int i = 0; i < 20000; ++i) {
    const auto family = i % 2 ? base::Family::kIpv4 : base::Family::kIpv6;
    const Wide all = family == base::Family::kIpv4 ? Wide{0xffffffff} : ~Wide{0};
    const auto range = random_range(random, family);
    ASSERT_EQ(base::IpPrefix::parse(range.prefix.to_string()), range.prefix);
    const Wide near = Wide{random.next()} << 64 | random.next();
    for (const Wide probe : {range.first, range.last, range.first - 1, range.last + 1, near,
                             range.first + (near & (range.last - range.first))}) {
      const auto address = address_of(family, probe & all);
      const bool inside = number_of(address) >= range.first && number_of(address) <= range.last;
      ASSERT_EQ(range.prefix.contains(address), inside)
          << range.prefix.to_string() << " " << address.to_string();
    }
  }
}

TEST(PeerPolicyPropertyTest, DenyRulesDenyExactlyTheirRange) {
  support::FixedRandom random(12);
  for (int i = 0; i < 2000; ++i) {
    const auto range = random_range(random, base::Family::kIpv6);
    const PeerPolicy policy(
        {.allow = {PeerRule{{base::IpAddress::v6(0, 0), 0}}}, .deny = {PeerRule{range.prefix}}});
    for (const Wide probe : {range.first, range.last, range.first - 1, range.last + 1}) {
      const auto address = address_of(base::Family::kIpv6, probe);
      if (!embedded_ipv4s(address).empty()) continue;
      ASSERT_EQ(policy.permits(address), probe < range.first || probe > range.last) << address.to_string();
    }
  }
}

TEST(PeerPolicyPropertyTest, WhatExplainSaysIsWhatPermitsDoes) {
  support::FixedRandom random(13);
  for (int i = 0; i < 2000; ++i) {
    PeerPolicyOptions options;
    const auto family = random.below(2) ? base::Family::kIpv4 : base::Family::kIpv6;
    for (auto* rules : {&options.allow, &options.deny}) {
      const auto port = static_cast<uint16_t>(random.next());
      rules->push_back(
          {random_range(random, family).prefix, port, static_cast<uint16_t>(port | random.next())});
    }
    const PeerPolicy policy(options);
    const base::Endpoint peer{random_range(random, family).prefix.first,
                              static_cast<uint16_t>(random.next())};
    ASSERT_EQ(policy.permits(peer), policy.explain(peer.ip, peer.port).allowed) << peer.to_string();
    // Whoever may get packets may be permitted.
    ASSERT_LE(policy.permits(peer), policy.permits(peer.ip)) << peer.to_string();
  }
}

}  // namespace
}  // namespace relay
