#include "app/self_check.h"

#include <gmock/gmock.h>

#include <functional>

namespace app {
namespace {

using enum Severity;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

base::IpAddress ip(const char* text) { return base::IpAddress::parse(text).value(); }

// A host of which nothing bad can be said, and a configuration that fits it.
HostFacts good_host() {
  HostFacts facts;
  facts.addresses = {ip("127.0.0.1"), ip("203.0.113.7")};
  facts.default_ipv4 = ip("203.0.113.7");
  facts.now = std::chrono::sys_days{std::chrono::June / 1 / 2026};
  facts.open_files = 1 << 20;
  facts.rmem_max_bytes = 8 << 20;
  facts.wmem_max_bytes = 8 << 20;
  facts.ephemeral_ports = PortRange{32768, 60999};
  facts.reserved_ports = {{49152, 65535}};
  return facts;
}

TEST(SelfCheckTest, AGoodHostGivesNoFinding) { EXPECT_THAT(self_check(Config{}, good_host()), IsEmpty()); }

struct Flaw {
  const char* name;
  std::function<void(Config&, HostFacts&)> make;
  Finding finding;
};
class FlawTest : public testing::TestWithParam<Flaw> {};

TEST_P(FlawTest, IsTheOnlyFindingAndNamesTheCure) {
  Config config;
  auto facts = good_host();
  GetParam().make(config, facts);
  const auto findings = self_check(config, facts);
  ASSERT_EQ(findings.size(), 1u) << (findings.empty() ? "" : findings.back().text);
  EXPECT_EQ(findings[0].severity, GetParam().finding.severity);
  EXPECT_EQ(findings[0].text, GetParam().finding.text);
}

const Flaw kFlaws[] = {
    {"PrivateAddress",
     [](Config&, HostFacts& facts) {
       facts.addresses = {ip("10.0.0.5")};
       facts.default_ipv4 = ip("10.0.0.5");
     },
     {kWarning,
      "advertised 10.0.0.5 is a private address: clients elsewhere do not reach it; if this host is behind "
      "1:1 "
      "NAT, set external_ip to its public address"}},
    {"LoopbackAddress",
     [](Config& config, HostFacts&) { config.listen = {{Scheme::kUdp, {ip("127.0.0.1"), 3478}}}; },
     {kWarning,
      "advertised 127.0.0.1 is a loopback address: only this host reaches it; if this host is behind 1:1 "
      "NAT, "
      "set external_ip to its public address"}},
    {"ExternalAddressElsewhere",
     [](Config& config, HostFacts&) { config.external_ip = {ip("198.51.100.1")}; },
     {kNote,
      "external_ip 198.51.100.1 is not on this host: the NAT in front must pass the listening ports and UDP "
      "49152-65535 to it unchanged"}},
    {"ListeningAddressElsewhere",
     [](Config& config, HostFacts&) { config.listen.push_back({Scheme::kTls, {ip("203.0.113.8"), 443}}); },
     {kError,
      "listen tls://203.0.113.8:443: 203.0.113.8 is no address of this host, which has 127.0.0.1, "
      "203.0.113.7; "
      "if it is the public side of a NAT, it belongs in external_ip; if the host gets it later, start icebox "
      "after "
      "it has, or listen on [::]"}},
    {"RelayAddressElsewhere",
     [](Config& config, HostFacts&) { config.relay.addresses = {ip("203.0.113.8")}; },
     {kError,
      "relay.addresses: 203.0.113.8 is no address of this host, which has 127.0.0.1, 203.0.113.7; if it is "
      "the public side of a NAT, it belongs in external_ip; if the host gets it later, start icebox after it "
      "has, "
      "or listen on [::]"}},
    {"NoAddressAtAll",
     [](Config&, HostFacts& facts) {
       facts.addresses.clear();
       facts.default_ipv4.reset();
     },
     {kWarning,
      "this host has no address to relay from yet: relaying begins when it gets one; connect it to a "
      "network, or to "
      "relay on this host alone name 127.0.0.1 in relay.addresses"}},
    {"ClockBeforeTheFirstBuild",
     [](Config&, HostFacts& facts) {
       facts.now = std::chrono::sys_days{std::chrono::January / 1 / 2026} - std::chrono::seconds{1};
     },
     {kWarning,
      "the clock is before 2026: time-limited credentials and certificates will be refused; run: timedatectl "
      "set-ntp true"}},
    {"FewOpenFiles",
     [](Config&, HostFacts& facts) { facts.open_files = 1024; },
     {kWarning,
      "open files are limited to 1024, below 16384 allocations and 20000 connections; set LimitNOFILE=36640 "
      "(systemd), or run: ulimit -n 36640"}},
    {"FewOpenFilesForFewAllocations",
     [](Config& config, HostFacts& facts) {
       config.relay.allocations = 1000;
       config.limits.connections = 100;
       facts.open_files = 1355;
     },
     {kWarning,
      "open files are limited to 1355, below 1000 allocations and 100 connections; set LimitNOFILE=1356 "
      "(systemd), or run: ulimit -n 1356"}},
    {"SmallReceiveBuffer",
     [](Config&, HostFacts& facts) { facts.rmem_max_bytes = 212992; },
     {kWarning,
      "net.core.rmem_max is 212992: bursts will be lost; run: sysctl -w net.core.rmem_max=8388608"}},
    {"SmallSendBuffer",
     [](Config&, HostFacts& facts) { facts.wmem_max_bytes = (4 << 20) - 1; },
     {kWarning,
      "net.core.wmem_max is 4194303: bursts will be lost; run: sysctl -w net.core.wmem_max=8388608"}},
    {"RelayPortsNotReserved",
     [](Config&, HostFacts& facts) { facts.reserved_ports.clear(); },
     {kWarning,
      "relay.ports 49152-65535 overlaps the ports that the kernel hands out (32768-60999): the host's own "
      "connections will take relay ports; run: sysctl -w net.ipv4.ip_local_reserved_ports=49152-65535"}},
    {"RelayPortsReservedInPartKeepsWhatIsReserved",
     [](Config&, HostFacts& facts) { facts.reserved_ports = {{50000, 65535}, {8080, 8080}}; },
     {kWarning,
      "relay.ports 49152-65535 overlaps the ports that the kernel hands out (32768-60999): the host's own "
      "connections will take relay ports; run: sysctl -w "
      "net.ipv4.ip_local_reserved_ports=50000-65535,8080,49152-65535"}},
    {"ShortSecret",
     [](Config& config, HostFacts&) { config.auth.secret = {"fifteen letters"}; },
     {kWarning,
      "auth.secret is shorter than 16 characters: whoever sees one credential can guess it; for a longer one "
      "run: "
      "openssl rand -hex 16"}},
    {"UsernameAnonymity",
     [](Config& config, HostFacts&) { config.auth.username_anonymity = true; },
     {kWarning,
      "auth.username_anonymity is on: clients that hide their names (libjuice does) are refused with REST "
      "credentials, whose names cannot be found by hash; give them users in auth.users or by: icebox user "
      "add"}},
    {"RealmOfAContainer",
     [](Config&, HostFacts& facts) {
       facts.host_name = "0123456789ab";
       facts.has_passing_name = true;
     },
     {kWarning,
      "realm is not set and follows the host name, 0123456789ab, which looks made up by a container runtime: "
      "in "
      "the next container all passwords of `icebox user add` are refused; set realm, for example to the name "
      "of "
      "this service"}},
    {"AllowedAndDenied",
     [](Config& config, HostFacts&) {
       config.relay.allow_peers = {{base::IpPrefix::parse("10.0.0.5/32").value(), {}}};
       config.relay.deny_peers = {{base::IpPrefix::parse("10.0.0.0/8").value(), {}}};
     },
     {kWarning,
      "relay.allow_peers \"10.0.0.5/32\" does nothing: it is covered by relay.deny_peers 10.0.0.0/8, which "
      "is "
      "stronger; remove one of the two"}},
    {"PublicMetrics",
     [](Config& config, HostFacts&) { config.metrics.listen = base::Endpoint{ip("0.0.0.0"), 9641}; },
     {kWarning,
      "metrics.listen 0.0.0.0:9641 is open to everybody and asks for no password; listen on 127.0.0.1 or an "
      "inner address"}},
};

INSTANTIATE_TEST_SUITE_P(Flaws, FlawTest, testing::ValuesIn(kFlaws),
                         [](const auto& flaw) { return std::string(flaw.param.name); });

class NoFlawTest : public testing::TestWithParam<Flaw> {};

TEST_P(NoFlawTest, GivesNoFinding) {
  Config config;
  auto facts = good_host();
  GetParam().make(config, facts);
  const auto findings = self_check(config, facts);
  EXPECT_THAT(findings, IsEmpty()) << findings.front().text;
}

const Flaw kNoFlaws[] = {
    {"ReservedInTwoPieces",
     [](Config&, HostFacts& facts) { facts.reserved_ports = {{55000, 65535}, {49152, 54999}}; },
     {}},
    {"OnlyTheSharedPartReserved",
     [](Config&, HostFacts& facts) { facts.reserved_ports = {{49152, 60999}}; },
     {}},
    {"RelayPortsElsewhere",
     [](Config& config, HostFacts& facts) {
       facts.reserved_ports.clear();
       config.relay.ports = {20000, 32767};
     },
     {}},
    {"NothingKnownOfSysctl",
     [](Config&, HostFacts& facts) {
       facts.rmem_max_bytes.reset();
       facts.wmem_max_bytes.reset();
       facts.ephemeral_ports.reset();
     },
     {}},
    {"BuffersOfFourMebibytes", [](Config&, HostFacts& facts) { facts.rmem_max_bytes = 4 << 20; }, {}},
    {"AnyLoopbackAddressIsOnTheHost",
     [](Config& config, HostFacts&) { config.metrics.listen = base::Endpoint{ip("127.0.0.2"), 9641}; },
     {}},
    {"MetricsOff", [](Config& config, HostFacts&) { config.metrics.listen.reset(); }, {}},
    {"PublicExternalAddressOnTheHost",
     [](Config& config, HostFacts&) { config.external_ip = {ip("203.0.113.7")}; },
     {}},
};

INSTANTIATE_TEST_SUITE_P(Hosts, NoFlawTest, testing::ValuesIn(kNoFlaws),
                         [](const auto& flaw) { return std::string(flaw.param.name); });

TEST(SelfCheckTest, ConnectionTrackingIsNotedWithRulesForTheRelayPorts) {
  auto facts = good_host();
  facts.conntrack_max = 65536;
  const auto findings = self_check(Config{}, facts);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, kNote);
  EXPECT_THAT(findings[0].text, testing::HasSubstr("beyond 65536 flows"));
  EXPECT_THAT(findings[0].text, testing::HasSubstr("udp dport 49152-65535 notrack"));
}

TEST(SelfCheckTest, TheGravestFindingComesFirst) {
  Config config;
  config.external_ip = {ip("198.51.100.1")};
  config.relay.addresses = {ip("203.0.113.8")};
  auto facts = good_host();
  facts.rmem_max_bytes = 1;
  std::vector<Severity> severities;
  for (const auto& finding : self_check(config, facts)) severities.push_back(finding.severity);
  EXPECT_THAT(severities, ElementsAre(kError, kWarning, kNote));
}

}  // namespace
}  // namespace app
