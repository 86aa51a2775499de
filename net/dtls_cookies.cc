#include "net/dtls_cookies.h"

#include <algorithm>

namespace net {
namespace {

int64_t period_of(base::TimePoint now) { return now.time_since_epoch() / DtlsCookies::kPeriod; }

}  // namespace

DtlsCookies::Cookie DtlsCookies::of_period(int64_t period, const DtlsPath& path) const {
  constexpr uint64_t kFirstHalf = 0, kSecondHalf = 1;
  const auto words = path.words();
  std::array<uint8_t, sizeof words + 2 * sizeof(uint64_t)> input;
  for (size_t i = 0; i < words.size(); ++i) base::store_be64(input.data() + 8 * i, words[i]);
  base::store_be64(input.data() + sizeof words, static_cast<uint64_t>(period));
  Cookie cookie;
  for (const auto half : {kFirstHalf, kSecondHalf}) {
    base::store_be64(input.data() + sizeof words + 8, half);
    base::store_be64(cookie.data() + 8 * half, base::siphash(key_, input));
  }
  return cookie;
}

DtlsCookies::Cookie DtlsCookies::make(base::TimePoint now, const DtlsPath& path) const {
  return of_period(period_of(now), path);
}

bool DtlsCookies::is_valid(base::TimePoint now, const DtlsPath& path, base::Bytes cookie) const {
  const auto period = period_of(now);
  return base::equal_in_constant_time(cookie, of_period(period, path)) ||
         base::equal_in_constant_time(cookie, of_period(period - 1, path));
}

}  // namespace net
