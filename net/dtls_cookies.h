// Proof that a DTLS client receives at the address it sends from, kept by the client.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "base/bytes.h"
#include "base/siphash.h"
#include "base/time.h"
#include "net/dtls_path.h"

namespace net {

// A cookie is a keyed hash of the path, the ClientHello's random and the time, so that making and checking one needs no memory of the
// client (RFC 6347 §4.2.1). A client answers with the same random; who has overheard the cookie begins nothing of its
// own by it. Every worker with the same key takes every other's. A value; safe from any
// thread.
class DtlsCookies {
 public:
  static constexpr size_t kCookieBytes = 16;
  // A cookie is good for one to two of these. Longer than any client waits for its answer.
  static constexpr std::chrono::seconds kPeriod{60};
  using Cookie = std::array<uint8_t, kCookieBytes>;

  explicit DtlsCookies(const base::SipHashKey& key) : key_(key) {}

  // `random`: DtlsClientHello's.
  [[nodiscard]] Cookie make(base::TimePoint now, const DtlsPath& path, base::Bytes random) const;
  [[nodiscard]] bool is_valid(base::TimePoint now, const DtlsPath& path, base::Bytes random,
                              base::Bytes cookie) const;

 private:
  [[nodiscard]] Cookie of_period(int64_t period, const DtlsPath& path, base::Bytes random) const;

  base::SipHashKey key_;
};

}  // namespace net
