#include "net/udp_send_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/udp.h>

#include <string>
#include <vector>

#include "tests/net/udp_pair.h"

namespace net {
namespace {

using ::testing::ElementsAre;
using testing::endpoint;

struct Datagram {
  size_t bytes = 0;
  std::string to = "192.0.2.1:1000";
  SendOptions options{};
};

class UdpSendMessagesTest : public ::testing::Test {
 protected:
  // How many datagrams each message carries.
  std::vector<uint32_t> grouped(const std::vector<Datagram>& datagrams, bool may_join = true) {
    messages_.clear();
    for (uint32_t i = 0; i < datagrams.size(); ++i) {
      const base::Bytes payload(octets_.data(), datagrams[i].bytes);
      slots_[i].fill(base::Family::kIpv4, endpoint(datagrams[i].to), std::span(&payload, 1),
                     datagrams[i].options);
      messages_.append(slots_[i], i, may_join);
    }
    std::vector<uint32_t> sizes;
    for (size_t i = 0; i < messages_.headers().size(); ++i) sizes.push_back(messages_.contents(i).datagrams);
    return sizes;
  }

  // The value of the UDP_SEGMENT control message; 0: there is none.
  static uint16_t segment_bytes(msghdr& header) {
    for (auto* control = CMSG_FIRSTHDR(&header); control != nullptr;
         control = CMSG_NXTHDR(&header, control)) {
      uint16_t value = 0;
      std::memcpy(&value, CMSG_DATA(control), sizeof value);
      if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_SEGMENT) return value;
    }
    return 0;
  }

  static constexpr size_t kDatagrams = 128;
  std::vector<uint8_t> octets_ = std::vector<uint8_t>(65'536);
  std::vector<UdpSendSlot> slots_ = std::vector<UdpSendSlot>(kDatagrams);
  UdpSendMessages messages_{kDatagrams};
};

TEST_F(UdpSendMessagesTest, NeighboursOfOneDestinationAndSizeGoTogether) {
  EXPECT_THAT(grouped({{160}, {160}, {160}}), ElementsAre(3));
  auto& header = messages_.headers()[0].msg_hdr;
  EXPECT_EQ(segment_bytes(header), 160);
  EXPECT_EQ(header.msg_iovlen, 3U);
  EXPECT_EQ(messages_.contents(0).payload_bytes, 480U);
}

TEST_F(UdpSendMessagesTest, AShorterOneIsTheLast) {
  EXPECT_THAT(grouped({{160}, {160}, {20}, {20}, {160}}), ElementsAre(3, 1, 1));
}

TEST_F(UdpSendMessagesTest, ALongerOneBeginsAnother) {
  EXPECT_THAT(grouped({{160}, {161}, {161}}), ElementsAre(1, 2));
}

TEST_F(UdpSendMessagesTest, AnotherDestinationOrOptionBeginsAnother) {
  EXPECT_THAT(grouped({{160}, {160, "192.0.2.1:1001"}, {160}, {160}}), ElementsAre(1, 1, 2));
  EXPECT_THAT(grouped({{160}, {160, "192.0.2.2:1000"}}), ElementsAre(1, 1));
  EXPECT_THAT(grouped({{160}, {160, "192.0.2.1:1000", {.tos = 8}}}), ElementsAre(1, 1));
  EXPECT_THAT(grouped({{160}, {160, "192.0.2.1:1000", {.from = testing::ip("192.0.2.9")}}}),
              ElementsAre(1, 1));
}

TEST_F(UdpSendMessagesTest, EmptyDatagramsGoAlone) {
  EXPECT_THAT(grouped({{0}, {0}, {160}, {0}}), ElementsAre(1, 1, 1, 1));
}

TEST_F(UdpSendMessagesTest, TheKernelsBoundsAreKept) {
  constexpr auto kMost = static_cast<uint32_t>(UdpSendMessages::kMostSegments);
  EXPECT_THAT(grouped(std::vector<Datagram>(kMost + 1, {10})), ElementsAre(kMost, 1));
  constexpr size_t kLongest = UdpSendMessages::kLongestSegment;
  EXPECT_THAT(grouped({{kLongest}, {kLongest}}), ElementsAre(2));
  EXPECT_THAT(grouped({{kLongest + 1}, {kLongest + 1}}), ElementsAre(1, 1));
  constexpr auto kFull = static_cast<uint32_t>(UdpSendMessages::kMostBytes / kLongest);
  EXPECT_THAT(grouped(std::vector<Datagram>(kFull + 2, {kLongest})), ElementsAre(kFull, 2));
}

TEST_F(UdpSendMessagesTest, NothingIsJoinedWhereItMayNotBe) {
  EXPECT_THAT(grouped({{160}, {160}}, false), ElementsAre(1, 1));
  EXPECT_EQ(messages_.headers()[0].msg_hdr.msg_control, nullptr);
}

TEST_F(UdpSendMessagesTest, ASlotOfAJoinedMessageCanStillBeSentAlone) {
  const SendOptions from{.from = testing::ip("192.0.2.9")};
  grouped({{160, "192.0.2.1:1000", from}, {160, "192.0.2.1:1000", from}});
  ASSERT_EQ(segment_bytes(messages_.headers()[0].msg_hdr), 160);
  messages_.clear();
  messages_.append(slots_[0], 0, false);
  auto& header = messages_.headers()[0].msg_hdr;
  EXPECT_EQ(segment_bytes(header), 0);
  EXPECT_EQ(header.msg_controllen, CMSG_SPACE(sizeof(in_pktinfo)));
}

}  // namespace
}  // namespace net
