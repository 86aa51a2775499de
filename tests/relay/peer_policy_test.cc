// Which peers are denied: the built-in networks in every spelling, the order of the rules, ports.
#include "relay/peer_policy.h"

#include "tests/relay/fixtures.h"

namespace relay {
namespace {

PeerRule rule(std::string_view text) { return PeerRule::parse(text).value(); }

TEST(PeerPolicyTest, BuiltInNetworksAreDeniedFromFirstToLastAddress) {  // RFC 6890, turn-facts 1 and 4
  const PeerPolicy policy({});
  const char* networks[] = {
      "0.0.0.0 0.255.255.255",
      "10.0.0.0 10.255.255.255",
      "100.64.0.0 100.127.255.255",
      "127.0.0.0 127.255.255.255",
      "169.254.0.0 169.254.169.254",
      "172.16.0.0 172.31.255.255",
      "192.168.0.0 192.168.255.255",
      "198.18.0.0 198.19.255.255",
      "224.0.0.0 239.255.255.255",
      "240.0.0.0 255.255.255.255",
      ":: ::1",
      "fd00:ec2::254 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "fe80:: febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "fec0:: feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "ff00:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "64:ff9b:: 64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
      "2001:: 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
      "2002:: 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8",
      "::2:0:0:0 1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",  // nothing of these is global unicast
      "4000:: fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "168.63.129.16 168.63.129.16",  // metadata and inner services of clouds
      "192.80.8.124 192.80.8.124",
      "161.26.0.0 161.26.255.255",
      "166.8.0.0 166.11.255.255",
      "100.100.100.200 192.0.0.192",
      "fd00:42::42 fd20:ce::254",
  };
  for (const std::string_view network : networks) {
    const auto space = network.find(' ');
    for (const auto address : {network.substr(0, space), network.substr(space + 1)}) {
      EXPECT_FALSE(policy.permits(ip(address))) << address;
      EXPECT_FALSE(policy.permits(base::Endpoint{ip(address), 443})) << address;
    }
  }
}

TEST(PeerPolicyTest, PublicAddressesAreAllowed) {
  const PeerPolicy policy({});
  for (const auto* address :
       {"1.1.1.1",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",       "168.63.129.15",   "168.63.129.17",  "161.25.255.255",
        "166.12.0.0",      "2000::1",         "3ffe:ffff::1",    "3fff:1000::1",   "172.15.255.255",
        "172.32.0.0",      "192.167.255.255", "223.255.255.255", "2606:4700::1",   "2a00::1",
        "2003::1",         "2001:200::1"}) {
    EXPECT_TRUE(policy.permits(ip(address))) << address;
  }
}

struct Disguise {
  const char* shape;
  std::function<base::IpAddress(uint32_t)> of;
};

const Disguise kDisguises[] = {
    {"IPv4-mapped", [](uint64_t v4) { return base::IpAddress::v6(0, 0xffff'0000'0000 | v4); }},
    {"IPv4-compatible", [](uint64_t v4) { return base::IpAddress::v6(0, v4); }},
    {"SIIT", [](uint64_t v4) { return base::IpAddress::v6(0, 0xffff'0000'0000'0000 | v4); }},
    {"6to4", [](uint64_t v4) { return base::IpAddress::v6(0x2002'0000'0000'0000 | v4 << 16, 1); }},
    {"NAT64", [](uint64_t v4) { return base::IpAddress::v6(0x0064'ff9b'0000'0000, v4); }},
    {"local-use NAT64", [](uint64_t v4) { return base::IpAddress::v6(0x0064'ff9b'0001'0000, v4); }},
    {"Teredo", [](uint64_t v4) { return base::IpAddress::v6(0x2001'0000'4136'e378, ~v4 & 0xffffffff); }},
    {"ISATAP",
     [](uint64_t v4) { return base::IpAddress::v6(0x2a00'0001'0002'0003, 0x0000'5efe'0000'0000 | v4); }},
    {"ISATAP",
     [](uint64_t v4) { return base::IpAddress::v6(0x2a00'0001'0002'0003, 0x0200'5efe'0000'0000 | v4); }},
};

TEST(PeerPolicyTest, NoDisguiseOpensADeniedAddress) {  // turn-facts 2 and 3
  // Even where an operator allows everything of IPv6.
  const PeerPolicy built_in({}), open6({.allow = {rule("[::]/0:0-65535")}});
  for (const auto& disguise : kDisguises) {
    for (const auto* inside :
         {"127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0", "224.0.0.1"}) {
      const auto address = disguise.of(static_cast<uint32_t>(ip(inside).lo));
      if (address.hi == 0 && address.lo <= 1) continue;  // :: and ::1, which are no disguise
      SCOPED_TRACE(std::string(disguise.shape) + " of " + inside + ": " + address.to_string());
      ASSERT_FALSE(embedded_ipv4s(address).empty());
      EXPECT_EQ(embedded_ipv4s(address)[0].address, ip(inside));
      EXPECT_EQ(embedded_ipv4s(address)[0].shape, disguise.shape);
      EXPECT_FALSE(built_in.permits(address));
      EXPECT_FALSE(open6.permits(address));
      EXPECT_FALSE(open6.permits(base::Endpoint{address, 443}));
    }
  }
}

TEST(PeerPolicyTest, LocalUseNat64IsReadInEveryLayout) {  // RFC 8215, RFC 6052 §2.2
  const PeerPolicy open6({.allow = {rule("[::]/0")}});
  EXPECT_TRUE(open6.permits(ip("64:ff9b:1::8.8.8.8")));
  for (const auto* address : {"64:ff9b:1::10.0.0.1", "64:ff9b:1:7f00:0:100:808:808",
                              "64:ff9b:1:7f:0:1:808:808", "64:ff9b:1:0:7f:0:108:808"}) {
    EXPECT_FALSE(open6.permits(ip(address))) << address;
  }
}

TEST(PeerPolicyTest, LoopbackAndUnspecifiedOfIpv6AreThemselves) {  // not forms of 0.0.0.1 and 0.0.0.0
  const PeerPolicy allowing({.allow = {rule("::1"), rule("::")}, .deny = {rule("0.0.0.0/8")}});
  EXPECT_EQ(allowing.explain(ip("::1"), 443).rule, "relay.allow_peers ::1/128");
  EXPECT_TRUE(allowing.permits(at("[::1]:443")));
  EXPECT_TRUE(allowing.permits(ip("::")));
  EXPECT_FALSE(allowing.permits(ip("::2")));
  EXPECT_EQ(PeerPolicy({}).explain(ip("::1"), 443).rule, "built-in: ::1/128 (loopback)");
  EXPECT_EQ(PeerPolicy({}).explain(ip("::"), 443).rule, "built-in: ::/128 (unspecified)");
}

struct Rules {
  const char* allow;
  const char* also;  // allowed too; "" for none
  const char* deny;
  const char* why;  // the beginning; "" if the rule may act
};

TEST(PeerPolicyTest, RulesThatCannotActAreKnown) {
  const Rules cases[] = {
      {"::1", "", "", ""},
      {"::/96", "", "", ""},
      {"10.0.0.0/8", "", "10.1.0.0/16", ""},
      {"10.1.0.0/16:80", "", "10.0.0.0/8:443", ""},
      {"2002::/16", "", "", ""},
      {"2002:808:808::/48", "", "", ""},
      {"64:ff9b::/96", "", "", ""},
      {"fe80::/10", "", "", ""},
      {"10.1.0.0/16:80", "", "10.0.0.0/8:1-1024",
       "is covered by relay.deny_peers 10.0.0.0/8:1-1024, which is"},
      {"::1", "", "::/64", "is covered by relay.deny_peers ::/64, which is stronger"},
      {"10.0.0.1:0", "", "", "names port 0"},
      {"::ffff:10.0.0.0/104", "", "",
       "holds IPv4-mapped addresses, which no IPv6 peer has; write 10.0.0.0/8"},
      {"64:ff9b::127.0.0.1", "", "",
       "holds NAT64 forms of 127.0.0.1/32, which is denied as loopback; allow 127.0.0.1"},
      {"64:ff9b::127.0.0.1", "127.0.0.0/8", "", ""},
      {"64:ff9b::9.9.9.9", "", "9.0.0.0/8",
       "holds NAT64 forms of 9.9.9.9/32, which relay.deny_peers 9.0.0.0/8 denies"},
      {"2002:a00::/24", "", "", "holds 6to4 forms of 10.0.0.0/8, which is denied as private"},
      {"::ffff:0:10.0.0.0/104", "", "", "holds SIIT forms of 10.0.0.0/8, which is denied as private"},
      {"::2", "", "", "holds IPv4-compatible forms of 0.0.0.2/32, which is denied as this network"},
  };
  for (const auto& test : cases) {
    PeerPolicyOptions options{.allow = {rule(test.allow)}};
    if (*test.also) options.allow.push_back(rule(test.also));
    if (*test.deny) options.deny.push_back(rule(test.deny));
    const auto why = PeerPolicy(options).why_void(options.allow[0]).value_or("");
    EXPECT_TRUE(*test.why ? why.starts_with(test.why) : why.empty()) << test.allow << ": " << why;
  }
}

TEST(PeerPolicyTest, DenyRuleOfIpv4CoversItsDisguises) {
  const PeerPolicy policy({.allow = {rule("[::]/0:0-65535")}, .deny = {rule("9.9.9.9")}});
  for (const auto& disguise : kDisguises)
    EXPECT_FALSE(policy.permits(disguise.of(0x09090909))) << disguise.shape;
}

TEST(PeerPolicyTest, DenyBeatsAllowBeatsOwnBeatsBuiltIn) {
  PeerPolicyOptions options{.allow = {rule("10.0.0.0/8"), rule("9.9.9.9")},
                            .own = {ip("10.0.0.5"), ip("8.8.8.8")}};
  options.deny = {rule("10.1.0.0/16")};
  const PeerPolicy policy(options);
  const std::pair<const char*, const char*> rules[] = {
      {"10.1.2.3", "relay.deny_peers 10.1.0.0/16"}, {"10.2.0.1", "relay.allow_peers 10.0.0.0/8"},
      {"10.0.0.5", "relay.allow_peers 10.0.0.0/8"}, {"9.9.9.9", "relay.allow_peers 9.9.9.9/32"},
      {"8.8.8.8", "an address of this server"},     {"192.168.0.1", "built-in: 192.168.0.0/16 (private)"},
      {"8.8.4.4", "default: a public address"},
  };
  for (const auto& [address, expected] : rules) {
    const auto decision = policy.explain(ip(address), 443);
    EXPECT_EQ(decision.rule.substr(0, std::string_view(expected).size()), expected) << address;
    EXPECT_EQ(decision.allowed, expected[6] == 'a' || expected[0] == 'd') << address;
  }
}

TEST(PeerPolicyTest, RelayedAddressesArePermittedForTheHairpinOnly) {  // turn-facts 7
  const PeerPolicy policy(support::lab_policy());
  const auto decision = policy.explain(ip("203.0.113.1"), 50000);
  EXPECT_FALSE(decision.allowed);
  EXPECT_TRUE(decision.hairpin);
  EXPECT_TRUE(policy.permits(ip("203.0.113.1")));
  EXPECT_FALSE(policy.permits(base::Endpoint{ip("203.0.113.1"), 0}));
  EXPECT_FALSE(policy.permits(ip("10.0.0.1")));            // what it is bound to
  EXPECT_FALSE(policy.permits(ip("::ffff:203.0.113.1")));  // in disguise it would leave the process
}

TEST(PeerPolicyTest, PortRulesLetThePermissionPassAndJudgeThePacket) {
  const PeerPolicy policy({.allow = {rule("10.0.0.0/8:1024-65535")}, .deny = {rule("9.9.9.9:53")}});
  EXPECT_TRUE(policy.has_port_rules());
  EXPECT_TRUE(policy.permits(ip("10.0.0.1")));
  EXPECT_FALSE(policy.permits(at("10.0.0.1:1023")));
  EXPECT_TRUE(policy.permits(at("10.0.0.1:1024")));
  EXPECT_TRUE(policy.permits(ip("9.9.9.9")));
  EXPECT_FALSE(policy.permits(at("9.9.9.9:53")));
  EXPECT_TRUE(policy.permits(at("9.9.9.9:54")));
  EXPECT_FALSE(PeerPolicy({.deny = {rule("9.9.9.9")}}).has_port_rules());
}

TEST(PeerRuleTest, ReadsAndWritesTheSameText) {
  for (const auto* text : {"10.0.0.0/8", "9.9.9.9/32:53", "10.0.0.0/8:1024-65535", "2001:db8::/32",
                           "[2001:db8::]/32:443", "[::]/0:1-2", "0.0.0.0/0"}) {
    EXPECT_EQ(rule(text).to_string(), text);
  }
  EXPECT_EQ(rule("[2001:db8::1]:443").to_string(), "[2001:db8::1]/128:443");
}

TEST(PeerRuleTest, RefusesWhatItCannotRead) {  // turn-facts 6: never dropped in silence
  for (const auto* text :
       {"", "10.0.0.0-10.0.0.9", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8",
        "10.0.0.0/8:", "10.0.0.0/8:80-", "10.0.0.0/8:90-80", "10.0.0.0/8:65536", "10.0.0.0/8:x",
        "[2001:db8::/32", "[2001:db8::]/32:", "2001:db8::1/32", "::1%lo", " 10.0.0.0/8", "10.0.0.0/8 "}) {
    EXPECT_FALSE(PeerRule::parse(text)) << text;
  }
}

}  // namespace
}  // namespace relay
