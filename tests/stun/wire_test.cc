#include "stun/wire.h"

#include <gtest/gtest.h>

namespace stun {
namespace {

struct TypeVector {
  Method method;
  Class message_class;
  uint16_t type;
};

class MessageTypeTest : public testing::TestWithParam<TypeVector> {};

TEST_P(MessageTypeTest, IsTheNumberSeenOnTheWire) {
  const auto& [method, message_class, type] = GetParam();
  EXPECT_EQ(message_type(method, message_class), type);
  EXPECT_EQ(method_of(type), method);
  EXPECT_EQ(class_of(type), message_class);
}

INSTANTIATE_TEST_SUITE_P(Rfc8656, MessageTypeTest,
                         testing::Values(TypeVector{Method::kBinding, Class::kRequest, 0x0001},
                                         TypeVector{Method::kBinding, Class::kIndication, 0x0011},
                                         TypeVector{Method::kBinding, Class::kSuccess, 0x0101},
                                         TypeVector{Method::kBinding, Class::kError, 0x0111},
                                         TypeVector{Method::kAllocate, Class::kRequest, 0x0003},
                                         TypeVector{Method::kRefresh, Class::kSuccess, 0x0104},
                                         TypeVector{Method::kSend, Class::kIndication, 0x0016},
                                         TypeVector{Method::kData, Class::kIndication, 0x0017},
                                         TypeVector{Method::kCreatePermission, Class::kError, 0x0118},
                                         TypeVector{Method::kChannelBind, Class::kRequest, 0x0009},
                                         TypeVector{Method::kConnectionAttempt, Class::kIndication, 0x001c}));

TEST(MessageTypeTest, EveryMethodAndClassSurvivesTheWire) {
  for (uint16_t method = 0; method < 0x1000; ++method) {
    for (uint8_t c = 0; c < 4; ++c) {
      const uint16_t type = message_type(Method{method}, Class{c});
      ASSERT_LT(type, 0x4000);
      ASSERT_EQ(static_cast<uint16_t>(method_of(type)), method);
      ASSERT_EQ(static_cast<uint8_t>(class_of(type)), c);
    }
  }
}

TEST(AttributeTypeTest, TheUpperHalfMayBeUnknown) {
  EXPECT_TRUE(is_comprehension_required(0x0000));
  EXPECT_TRUE(is_comprehension_required(0x7fff));
  EXPECT_FALSE(is_comprehension_required(0x8000));
  EXPECT_FALSE(is_comprehension_required(static_cast<uint16_t>(AttributeType::kFingerprint)));
}

}  // namespace
}  // namespace stun
