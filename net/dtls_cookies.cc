#include "net/dtls_cookies.h"

#include <algorithm>

#include "net/dtls_hello.h"

namespace net {
namespace {

int64_t period_of(base::TimePoint now) { return now.time_since_epoch() / DtlsCookies::kPeriod; }

}  // namespace

DtlsCookies::Cookie DtlsCookies::of_period(int64_t period, const DtlsPath& path, base::Bytes random) const {
  constexpr uint64_t kFirstHalf = 0, kSecondHalf = 1;
  const auto words = path.words();
  constexpr size_t kRandomAt = sizeof words;
  constexpr size_t kPeriodAt = kRandomAt + kDtlsRandomBytes;
  constexpr size_t kHalfAt = kPeriodAt + sizeof(uint64_t);
  std::array<uint8_t, kHalfAt + sizeof(uint64_t)> input{};
  for (size_t i = 0; i < words.size(); ++i) base::store_be64(input.data() + 8 * i, words[i]);
  std::ranges::copy(random.first(kDtlsRandomBytes), input.begin() + kRandomAt);
  base::store_be64(input.data() + kPeriodAt, static_cast<uint64_t>(period));
  Cookie cookie;
  for (const auto half : {kFirstHalf, kSecondHalf}) {
    base::store_be64(input.data() + kHalfAt, half);
    base::store_be64(cookie.data() + 8 * half, base::siphash(key_, input));
  }
  return cookie;
}

DtlsCookies::Cookie DtlsCookies::make(base::TimePoint now, const DtlsPath& path, base::Bytes random) const {
  return of_period(period_of(now), path, random);
}

bool DtlsCookies::is_valid(base::TimePoint now, const DtlsPath& path, base::Bytes random,
                           base::Bytes cookie) const {
  if (cookie.empty()) return false;
  const auto period = period_of(now);
  return base::equal_in_constant_time(cookie, of_period(period, path, random)) ||
         base::equal_in_constant_time(cookie, of_period(period - 1, path, random));
}

}  // namespace net
