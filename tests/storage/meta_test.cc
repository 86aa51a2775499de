#include "storage/meta.h"

#include <gmock/gmock.h>

#include "storage/database.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

using testing::ElementsAre;
using testing::Optional;

class MetaTest : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  Connection connection_ = must(open_database(directory_.path()));
};

const std::vector<uint8_t> kSecret{0, 1, 255};
const std::vector<uint8_t> kOther{9};

TEST_F(MetaTest, WhatWasNeverPutIsNotThere) {
  EXPECT_EQ(must(get_meta(connection_, "secret")), std::nullopt);
}

TEST_F(MetaTest, ValueComesBackOctetForOctetAndThePutAfterReplacesIt) {
  must(put_meta(connection_, "secret", kSecret));
  EXPECT_THAT(must(get_meta(connection_, "secret")), Optional(ElementsAre(0, 1, 255)));
  must(put_meta(connection_, "secret", kOther));
  EXPECT_THAT(must(get_meta(connection_, "secret")), Optional(ElementsAre(9)));
}

TEST_F(MetaTest, EmptyValueIsAValue) {
  must(put_meta(connection_, "empty", {}));
  EXPECT_THAT(must(get_meta(connection_, "empty")), Optional(ElementsAre()));
}

TEST_F(MetaTest, FirstProposalWins) {
  EXPECT_EQ(must(get_or_put_meta(connection_, "nonce_key", kSecret)), kSecret);
  EXPECT_EQ(must(get_or_put_meta(connection_, "nonce_key", kOther)), kSecret);
}

TEST_F(MetaTest, AcceptedProposalIsCommittedOnReturn) {
  must(get_or_put_meta(connection_, "nonce_key", kSecret));
  auto other = must(open_database(directory_.path()));
  EXPECT_THAT(must(get_meta(other, "nonce_key")), Optional(kSecret));
}

}  // namespace
}  // namespace storage
