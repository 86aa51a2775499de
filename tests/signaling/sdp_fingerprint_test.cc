#include "signaling/sdp_fingerprint.h"

#include <gmock/gmock.h>

#include "signaling/fingerprint.h"

namespace signaling {
namespace {

using testing::ElementsAre;

TEST(SdpFingerprintTest, FindsAllOfThemAtEveryLevelWhateverTheHash) {
  EXPECT_THAT(sdp_fingerprints("v=0\r\na=fingerprint:sha-256 aB:cd:01\r\nm=audio 9 RTP/AVP 0\r\n"
                               "a=fingerprint:SHA-1 AB:CD\r\na=setup:actpass\r\n"),
              ElementsAre("ABCD01", "ABCD"));
  EXPECT_THAT(sdp_fingerprints("v=0\r\ns=a=fingerprint:sha-256 AB\r\na=fingerprintx:sha-256 AB\r\n"),
              ElementsAre());
  EXPECT_THAT(sdp_fingerprints(""), ElementsAre());
}

TEST(SdpFingerprintTest, ReadsWhatALenientBrowserWouldRead) {
  EXPECT_THAT(sdp_fingerprints(
                  "a=FINGERPRINT:sha-256 AB\rA=fingerprint:sha-256 CD\n a = fingerprint : sha-256\tEF \n"),
              ElementsAre("AB", "CD", "EF"));
}

TEST(SdpFingerprintTest, AValueThatIsNotHexPairsIsSeenAndEqualsNothing) {
  EXPECT_THAT(sdp_fingerprints("a=fingerprint:\na=fingerprint:sha-256\na=fingerprint:sha-256 A\n"
                               "a=fingerprint:sha-256 AB:C\na=fingerprint:sha-256 AB:CD EF\n"
                               "a=fingerprint:sha-256 AB:CDEF\na=fingerprint:sha-256 GG"),
              ElementsAre("", "", "", "", "", "", ""));
  EXPECT_EQ(match_sdp_fingerprints("a=fingerprint:sha-256 zz", ""), SdpMatch::kOther);
}

TEST(FingerprintTest, CanonicalFormIsSixtyFourUpperCaseDigits) {
  const std::string digits = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
  const std::string canonical = "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF";
  EXPECT_EQ(canonical_fingerprint(digits), canonical);
  std::string colons;
  for (size_t i = 0; i < digits.size(); i += 2) colons += (i ? ":" : "") + digits.substr(i, 2);
  EXPECT_EQ(canonical_fingerprint(colons), canonical);
  for (const auto& wrong : {std::string(), std::string("desk"), digits.substr(2), digits + "00", colons + ":",
                            colons.substr(1), std::string(64, 'g'), std::string(95, 'a')})
    EXPECT_EQ(canonical_fingerprint(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace signaling
