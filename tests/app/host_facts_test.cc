#include "app/host_facts.h"

#include <gmock/gmock.h>

namespace app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PortListTest, IsReadAsTheKernelWritesIt) {
  EXPECT_THAT(parse_port_list(""), IsEmpty());
  EXPECT_THAT(parse_port_list("8080"), ElementsAre(PortRange{8080, 8080}));
  EXPECT_THAT(parse_port_list("3478,49152-65535"),
              ElementsAre(PortRange{3478, 3478}, PortRange{49152, 65535}));
  EXPECT_THAT(parse_port_list("x,,1-,7"), ElementsAre(PortRange{7, 7}));
}

// What holds on every machine that can build this.
TEST(HostFactsTest, ThisHostHasALoopbackAddressFilesAndAClock) {
  const auto facts = gather_host_facts();
  EXPECT_THAT(facts.addresses, testing::Contains(base::IpAddress::v4(0x7f000001)));
  EXPECT_GT(facts.open_files, 0u);
  EXPECT_GE(facts.cores, 1u);
  EXPECT_GT(facts.now, base::WallTime{});
  for (const auto& source : {facts.default_ipv4, facts.default_ipv6}) {
    if (!source) continue;
    EXPECT_THAT(facts.addresses, testing::Contains(*source));
  }
}

}  // namespace
}  // namespace app
