#include "signaling/sdp_fingerprint.h"

#include <gmock/gmock.h>

#include "signaling/fingerprint.h"
#include "signaling/hex_pairs.h"
#include "tests/support/sdp_readers.h"

namespace signaling {
namespace {

const std::string kOwn(64, 'A');
const std::string kOther(64, 'B');
const std::string kOwnLine = "a=fingerprint:sha-256 " + kOwn + "\r\n";

std::string with_colons(const std::string& digits) {
  std::string colons;
  for (size_t i = 0; i < digits.size(); i += 2) colons += (i ? ":" : "") + digits.substr(i, 2);
  return colons;
}

// Beside the sender's own line, so that nothing else is missing.
SdpMatch match_of(const std::string& more) {
  return match_sdp_fingerprints("v=0\r\n" + kOwnLine + more, kOwn);
}

TEST(SdpFingerprintTest, TheOwnValuePassesAtEveryLevelAndInEachWriting) {
  for (const auto& line : {"a=fingerprint:sha-256 " + with_colons(kOwn) + "\r\n",
                           "a=fingerprint:SHA-256 " + with_colons(std::string(64, 'a')) + "\n",
                           "a=fingerprint:sha-256  " + kOwn + " \t\r", "a=fingerprint:sha-256 " + kOwn}) {
    EXPECT_EQ(match_sdp_fingerprints(line, kOwn), SdpMatch::kAllMatch) << line;
    EXPECT_EQ(match_of("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" + line), SdpMatch::kAllMatch) << line;
  }
}

TEST(SdpFingerprintTest, WithoutTheWordThereIsNone) {
  for (const std::string sdp : {"", "v=0\r\n", "fingerprin", "a=finger\r\na=print:sha-256 AB\r\n"})
    EXPECT_EQ(match_sdp_fingerprints(sdp, kOwn), SdpMatch::kNone) << sdp;
}

// Each is read by somebody: Chromium takes a space for the colon, Firefox skips colons and case, others split
// lines at what we do not, and pieces of a line may be cut out.
TEST(SdpFingerprintTest, WhereverTheWordStandsTheOwnValueMustFollow) {
  for (const std::string line : {"a=fingerprint sha-256 %",
                                 "a=:fingerprint:sha-256 %",
                                 "a=: fingerprint:sha-256 %",
                                 "a=FingerPrint:sha-256 %",
                                 "A=fingerprint:sha-256 %",
                                 " a=fingerprint:sha-256 %",
                                 "a =fingerprint:sha-256 %",
                                 "a= fingerprint:sha-256 %",
                                 "a=fingerprint :sha-256 %",
                                 "a=fingerprint:\r\n sha-256 %",
                                 "a=fingerprint:sha-256\r\n %",
                                 "a=fingerprint:sha-256\t%",
                                 "a=fingerprint:sha-256 %:00",
                                 "a=fingerprint:sha-256 % AB",
                                 "a=fingerprint:sha-256,sha-1 %",
                                 "a=fingerprint:sha-1 AB:CD",
                                 "a=fingerprint:md5 %",
                                 "a=fingerprint:",
                                 "a=fingerprint",
                                 "a=fingerprints:sha-256 %",
                                 "a=candidate:1 1 udp 1 192.0.2.1 9 typ host a=fingerprint:sha-256 %",
                                 "a=identity:x fingerprint:sha-256 %",
                                 "s=a=fingerprint:sha-256 %",
                                 "i=fingerprint",
                                 "b=fingerprint:sha-256 %",
                                 "a=mid:0 \"fingerprint\""}) {
    for (const auto& value : {kOther, with_colons(kOther)}) {
      auto text = line;
      if (const auto at = text.find('%'); at != std::string::npos) text.replace(at, 1, value);
      EXPECT_EQ(match_of(text), SdpMatch::kOther) << text;
      EXPECT_EQ(match_of(text + "\r\n" + kOwnLine), SdpMatch::kOther) << text;
    }
  }
  // Not as RFC 8122 writes it: some reader sees another value, or none.
  for (const std::string line :
       {"a=FINGERPRINT:sha-256 ", " a=fingerprint:sha-256 ", "a=fingerprint sha-256 "})
    EXPECT_EQ(match_of(line + kOwn), SdpMatch::kOther) << line;
  EXPECT_EQ(match_of("a=fingerprint:sha-256 " + kOther), SdpMatch::kOther);
}

TEST(SdpFingerprintTest, WhatReadersTakeForDifferentThingsIsRefused) {
  const std::string hidden = "a=fingerprint:sha-256 " + kOwn;
  for (const std::string& between :
       {std::string("\0", 1), std::string("\v"), std::string("\f"), std::string("\x1b"), std::string("\x1c"),
        std::string("\x1d"), std::string("\x1e"), std::string("\x1f"), std::string("\x7f"),
        std::string("\u0085"), std::string("\u009f"), std::string("\u2028"), std::string("\u2029"),
        std::string("\xed\xa0\x80"), std::string("\xc0\x8a"), std::string("\xe0\x80\x8a"),
        std::string("\xff"), std::string("\xe2\x80"), std::string("\xf4\x90\x80\x80")}) {
    EXPECT_EQ(match_of("s=x" + between + hidden), SdpMatch::kUnreadable) << testing::PrintToString(between);
    EXPECT_EQ(match_of("s=x" + between), SdpMatch::kUnreadable) << testing::PrintToString(between);
    EXPECT_EQ(match_of(between + "s=x"), SdpMatch::kUnreadable) << testing::PrintToString(between);
  }
}

// U+FB01 is "fi" when case is folded, full width letters are letters when normalised.
TEST(SdpFingerprintTest, NamesThatBecomeTheWordAreRefusedAndTextBeyondAsciiIsNot) {
  for (const std::string name :
       {"a=\ufb01ngerprint:sha-256 ", "a=f\u0131ngerprint:sha-256 ",
        "a=\uff46\uff49\uff4e\uff47\uff45\uff52\uff50\uff52\uff49\uff4e\uff54:sha-256 ",
        "a\uff1dfingerprint\uff1asha-256 ", "\u2003a=fingerprint:sha-256 ", "A=\u00e4", "\ufeffa=x:"})
    EXPECT_EQ(match_of(name + kOther), SdpMatch::kUnreadable) << name;
  for (const std::string line : {"s=\u00fcber", "i=caf\u00e9: \u20ac", "a=msid:gr\u00f6\u00dfe track",
                                 "o=j\u00f6rg 1 1 IN IP4 0.0.0.0", "a=label:\U0001f600"})
    EXPECT_EQ(match_of(line + "\r\n"), SdpMatch::kAllMatch) << line;
}

// With keys in the SDP the certificate vouches for nothing.
TEST(SdpFingerprintTest, KeysInTheSdpAreRefused) {
  for (const std::string line : {"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", "A=Crypto:1 x", "a= crypto:1",
                                 "a=:crypto:1 x", "a=key-mgmt:mikey AQ", "k=base64:AAAA"})
    EXPECT_EQ(match_of("m=audio 9 RTP/SAVPF 0\r\n" + line + "\r\n"), SdpMatch::kForeignKeys) << line;
  EXPECT_EQ(match_of("a=msid:crypto crypto:1\r\n"), SdpMatch::kAllMatch);
}

TEST(SdpFingerprintTest, WhatPassesMeansTheSameToEveryReader) {
  for (const auto& line : {"a=fingerprint:SHA-256 " + with_colons(kOwn) + " \r", kOwnLine}) {
    const auto sdp = "v=0\r\n" + line + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" + kOwnLine;
    ASSERT_EQ(match_sdp_fingerprints(sdp, kOwn), SdpMatch::kAllMatch);
    for (const auto& reader : support::sdp_readers()) {
      const auto values = reader.read(kOwnLine + line);
      EXPECT_FALSE(values.empty()) << reader.name;
      EXPECT_EQ(compact_hex(values[0]), kOwn) << reader.name;
    }
  }
}

TEST(SdpFingerprintTest, TheWordIsFoundWhereverItStands) {
  for (size_t before = 0; before < 30; ++before) {
    for (size_t behind = 0; behind < 13; ++behind) {
      const auto text = std::string(before, 'n') + "FingerPrint" + std::string(behind, 'g');
      EXPECT_TRUE(names_fingerprint(text)) << text;
      EXPECT_FALSE(names_fingerprint(text.substr(0, before + 10))) << text;
    }
  }
  EXPECT_TRUE(names_fingerprint("fingerfingerprint"));
  EXPECT_TRUE(names_fingerprint("printfingerprint"));
  EXPECT_FALSE(names_fingerprint("finger print"));
}

TEST(FingerprintTest, CanonicalFormIsSixtyFourUpperCaseDigits) {
  const std::string digits = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
  const std::string canonical = "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF";
  EXPECT_EQ(canonical_fingerprint(digits), canonical);
  const auto colons = with_colons(digits);
  EXPECT_EQ(canonical_fingerprint(colons), canonical);
  for (const auto& wrong : {std::string(), std::string("desk"), digits.substr(2), digits + "00", colons + ":",
                            colons.substr(1), std::string(64, 'g'), std::string(95, 'a')})
    EXPECT_EQ(canonical_fingerprint(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace signaling
