// Between two clients of this process, whose workers need not be the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/relay/worker/worker_world.h"

namespace relay::worker {
namespace {

using stun::Method;
using support::TurnMessage;

constexpr uint16_t kChannel = 0x4000;

Octets channel_data(size_t payload_bytes, uint8_t fill) {
  Octets frame(base::padded_to_4(4 + payload_bytes));
  base::store_be16(frame.data(), kChannel);
  base::store_be16(frame.data() + 2, static_cast<uint16_t>(payload_bytes));
  std::fill_n(frame.begin() + 4, payload_bytes, fill);
  return frame;
}

class Hairpin : public testing::TestWithParam<WorkerIndex> {
 protected:
  void bind(const ClientStream& client, const base::Endpoint& peer) {
    TurnMessage message(Method::kChannelBind);
    EXPECT_EQ(client.request(message.channel(kChannel).peer(peer)).code(), 200);
  }

  WorkerWorld world;
  base::Endpoint of_first, of_second;
  ClientStream first = world.allocate(0, &of_first, stun::kProtocolUdp);
  ClientStream second = world.allocate(GetParam(), &of_second, stun::kProtocolUdp);
};
INSTANTIATE_TEST_SUITE_P(ByWorker, Hairpin, testing::Values(0, 1));

TEST_P(Hairpin, PacketsOfEveryLengthArrive) {
  bind(first, of_second);
  bind(second, of_first);
  uint8_t fill = 0;
  for (const size_t bytes : {0u, 1u, 1200u, 2047u, 2048u, 2049u, 4097u, 9000u, 16384u, 32768u, 65507u}) {
    const auto frame = channel_data(bytes, ++fill);
    first.send(frame);
    EXPECT_TRUE(second.read(frame.size()) == frame) << bytes;
    second.send(frame);
    EXPECT_TRUE(first.read(frame.size()) == frame) << bytes;
  }
}

}  // namespace
}  // namespace relay::worker
