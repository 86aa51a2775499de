#include "app/log_start.h"

#include <unistd.h>

#include <algorithm>

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

using Addresses = std::vector<base::IpAddress>;

// Those of `addresses` that are not among `others`, as text.
std::string those_missing(const Addresses& others, const Addresses& addresses) {
  std::string text;
  for (const auto& address : addresses) {
    if (std::ranges::find(others, address) != others.end()) continue;
    text += (text.empty() ? "" : " ") + address.to_string();
  }
  return text;
}

}  // namespace

std::chrono::days days_left(const net::Certificate& certificate, base::WallTime now) {
  return std::chrono::floor<std::chrono::days>(certificate.expires_at() - now);
}

std::string_view chain_hint(const net::Certificate& certificate) {
  if (certificate.is_self_signed() || certificate.has_issuers()) return {};
  return "tls.certificate holds the server's own certificate alone: clients that do not know its issuer "
         "refuse it; use "
         "the file with the whole chain, which certbot calls fullchain.pem";
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

void log_addresses(Log& log, const Addresses& before, const Addresses& now,
                   const std::vector<relay::worker::RelayAddress>& relayed, size_t without_room) {
  std::string from;
  for (const auto& address : relayed) from += (from.empty() ? "" : " ") + address.bound.to_string();
  log.info(
      "host_addresses",
      {{"came", those_missing(before, now)}, {"went", those_missing(now, before)}, {"relayed_from", from}});
  if (without_room > 0) {
    log.warn("relay_addresses_too_many",
             {{"left_out", without_room},
              {"cure", "name the addresses to relay from in relay.addresses, and restart"}});
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
  if (const auto hint = chain_hint(certificate); !hint.empty())
    log.warn("certificate_alone", {{"cure", hint}});
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
