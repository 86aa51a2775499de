// What the tests of this folder share: names for peers and a run over every transport.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "tests/support/turn_client.h"

namespace relay {

using stun::AttributeType;
using stun::Class;
using stun::Method;
using support::Answer;
using support::at;
using support::ip;
using support::Login;
using support::octets;
using support::Outcome;
using support::TurnClient;
using support::TurnMessage;
using support::TurnWorld;
using support::WorldOptions;
using namespace std::chrono_literals;

// Allowed by support::lab_policy().
inline const base::Endpoint kPeer = at("192.0.2.7:7000");
inline const base::Endpoint kOtherPeer = at("192.0.2.8:7000");
inline const base::Endpoint kPeer6 = at("[2001:db8:9::7]:7000");

// A client with an allocation over the transport of the run.
class OverTransport : public testing::TestWithParam<Transport> {
 protected:
  OverTransport() { EXPECT_EQ(client.allocate().code(), 200); }

  TurnWorld world;
  TurnClient client{world, "alice", GetParam()};
};

inline std::string name_of_run(const testing::TestParamInfo<Transport>& run) { return name_of(run.param); }
inline const auto kEveryTransport =
    testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls, Transport::kDtls);

}  // namespace relay
