#include "app/http_refusals.h"

#include <algorithm>

#include "net/source_key.h"

namespace app {

void HttpRefusals::note(const base::IpAddress& client, uint16_t status, std::string_view why) {
  ++refused_;
  const Kind kind{net::source_of(client), status};
  if (kinds_.size() < kKinds || kinds_.contains(kind)) ++kinds_[kind];
  reasons_[status] = why;
}

std::optional<base::TimePoint> HttpRefusals::due() const {
  if (refused_ == 0) return std::nullopt;
  return told_ ? *told_ + kQuiet : base::TimePoint{};
}

std::optional<HttpRefusals::Sum> HttpRefusals::look(base::TimePoint now) {
  if (const auto when = due(); !when || now < *when) return std::nullopt;
  const auto most = std::ranges::max_element(kinds_, {}, [](const auto& entry) { return entry.second; });
  const auto& [source, status] = most->first;
  Sum sum{refused_, source, status, most->second, reasons_[status]};
  refused_ = 0;
  kinds_.clear();
  reasons_.clear();
  told_ = now;
  return sum;
}

}  // namespace app
