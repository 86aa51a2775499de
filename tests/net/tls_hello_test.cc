#include "net/tls_hello.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace net {
namespace {

using namespace std::string_literals;

// A ClientHello of so many octets, in records of so many.
std::string hello(size_t message_bytes, size_t record_bytes) {
  std::string message = "\x01"s + static_cast<char>((message_bytes - 4) >> 16) +
                        static_cast<char>((message_bytes - 4) >> 8) + static_cast<char>(message_bytes - 4) +
                        std::string(message_bytes - 4, 'x');
  std::string records;
  for (size_t at = 0; at < message.size(); at += record_bytes) {
    const auto part = message.substr(at, record_bytes);
    records += "\x16\x03\x01"s + static_cast<char>(part.size() >> 8) + static_cast<char>(part.size()) + part;
  }
  return records;
}

TlsHello find(const std::string& octets) { return find_tls_hello(base::as_bytes(octets)); }

TEST(TlsHelloTest, ItIsWholeWithItsLastOctetAndNotBefore) {
  for (const size_t record_bytes : {1u, 3u, 100u, 600u}) {
    const auto whole = hello(500, record_bytes);
    for (size_t bytes = 0; bytes < whole.size(); ++bytes)
      ASSERT_EQ(find(whole.substr(0, bytes)), TlsHello::kNeedMore) << bytes;
    EXPECT_EQ(find(whole), TlsHello::kWhole);
    EXPECT_EQ(find(whole + "more"), TlsHello::kWhole);
  }
}

TEST(TlsHelloTest, WhatIsNoneIsSaidAtOnce) {
  EXPECT_EQ(find("\x15"), TlsHello::kNone);
  EXPECT_EQ(find("\x16\x02"), TlsHello::kNone);
  EXPECT_EQ(find("\x16\x03\x01\x00\x00"s), TlsHello::kNone) << "an empty record";
  EXPECT_EQ(find("\x16\x03\x01\x00\x04\x02"s), TlsHello::kNone) << "another message";
  EXPECT_EQ(find("\x16\x03\x01\x00\x04\x01\x01\x00\x00"s), TlsHello::kNone) << "64 KB of it";
  const auto tiny_records = hello(4000, 1);
  EXPECT_EQ(find(tiny_records.substr(0, kLongestTlsHello)), TlsHello::kNone);
}

TEST(TlsHelloTest, ARecordThatIsCutOffIsSeen) {
  const auto whole = hello(500, 100);
  EXPECT_TRUE(ends_with_whole_record({}));
  EXPECT_TRUE(ends_with_whole_record(base::as_bytes(whole)));
  EXPECT_FALSE(ends_with_whole_record(base::as_bytes(whole).first(whole.size() - 1)));
  EXPECT_FALSE(ends_with_whole_record(base::as_bytes(whole).first(3)));
}

}  // namespace
}  // namespace net
