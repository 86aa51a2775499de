#include "app/domain_name.h"

#include "app/data_dir.h"

namespace app {

std::string domain_name(const Config& config, const std::optional<net::Certificate>& certificate) {
  if (config.tls.certificate.empty() || !certificate) return {};
  const auto realm = effective_realm(config);
  const bool is_name = realm.find('.') != std::string::npos && !base::IpAddress::parse(realm);
  return is_name && certificate->covers(realm) ? realm : std::string();
}

}  // namespace app
