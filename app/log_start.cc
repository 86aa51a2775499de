#include "app/log_start.h"

#include <unistd.h>

#include "app/config/text.h"
#include "app/self_check.h"

namespace app {
namespace {

LogLevel level_of(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return LogLevel::kInfo;
    case Severity::kWarning:
      return LogLevel::kWarn;
    case Severity::kError:
      break;
  }
  return LogLevel::kError;
}

}  // namespace

std::chrono::days days_left(const net::Certificate& certificate, base::WallTime now) {
  return std::chrono::floor<std::chrono::days>(certificate.expires_at() - now);
}

void log_start(Log& log, const Appliance& appliance) {
  const auto& config = appliance.config();
  log.info("start", {{"version", ICEBOX_VERSION},
                     {"pid", ::getpid()},
                     {"realm", appliance.auth().realm},
                     {"data_dir", config.data_dir.string()},
                     {"workers", appliance.workers().size()},
                     {"users", config.auth.users.size() + appliance.store().users().load()->users().size()}});
  for (const auto& listening : appliance.listening()) {
    log.info("listening", {{"scheme", to_string(listening.scheme)},
                           {"address", listening.bound.to_string()},
                           {"advertised", listening.advertised.to_string()}});
  }
  log_certificate(log, *appliance.certificate(), appliance.facts().now);
  for (const auto& finding : self_check(config, appliance.facts())) {
    const LogField text{"text", finding.text};
    log.write(level_of(finding.severity), "self_check", {&text, 1});
  }
}

void log_certificate(Log& log, const net::Certificate& certificate, base::WallTime now) {
  const auto left = days_left(certificate, now);
  const LogField fields[] = {
      {"sha256", certificate.fingerprint()},
      {"self_signed", certificate.is_self_signed()},
      {"expires", rfc3339(certificate.expires_at())},
      {"days_left", left.count()},
  };
  log.write(left < kRenewBefore ? LogLevel::kWarn : LogLevel::kInfo, "certificate_loaded", fields);
}

void log_reload(Log& log, const ReloadOutcome& outcome) {
  if (!outcome) {
    for (const auto& fault : outcome.error()) {
      log.error("reload_failed", {{"fault", fault}, {"kept", "the old configuration"}});
    }
    return;
  }
  for (const auto& change : *outcome) {
    log.info("reload_key", {{"key", change.key}, {"effect", to_string(change.effect)}});
  }
  log.info("reload", {{"changes", outcome->size()}});
}

}  // namespace app
