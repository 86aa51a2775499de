#include "app/banner.h"

#include <algorithm>
#include <chrono>
#include <sstream>

#include "app/ice_server_settings.h"
#include "app/self_check.h"

namespace app {
namespace {

std::string_view carries(Scheme scheme) {
  switch (scheme) {
    case Scheme::kUdp:
      return "STUN, TURN, DTLS";
    case Scheme::kTcp:
      return "TURN, TLS, HTTP";
    case Scheme::kTls:
      return "TURN over TLS, HTTPS";
  }
  return "";
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string date(base::WallTime time) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  std::ostringstream text;
  text << static_cast<int>(day.year()) << (unsigned{day.month()} < 10 ? "-0" : "-") << unsigned{day.month()}
       << (unsigned{day.day()} < 10 ? "-0" : "-") << unsigned{day.day()};
  return text.str();
}

std::string listeners_table(const Appliance& appliance) {
  std::string text = "  " + padded("listens", 30) + padded("advertised", 28) + "carries\n";
  for (const auto& listening : appliance.listening()) {
    text += "  " + padded(std::string(to_string(listening.scheme)) + " " + listening.bound.to_string(), 30) +
            padded(listening.advertised.to_string(), 28) + std::string(carries(listening.scheme)) + "\n";
  }
  return text;
}

std::string relay_lines(const Appliance& appliance) {
  std::string text;
  const auto& ports = appliance.config().relay.ports;
  for (const auto& use : appliance.ports().use()) {
    text += "  relay ports " + std::to_string(ports.low) + "-" + std::to_string(ports.high) + ", " +
            std::to_string(use.free) + " free on " + use.bound.to_string();
    if (use.advertised != use.bound) text += ", advertised as " + use.advertised.to_string();
    text += "\n";
  }
  return text;
}

std::string identity_line(const Appliance& appliance) {
  const auto& certificate = *appliance.certificate();
  const size_t users =
      appliance.config().auth.users.size() + appliance.store().users().load()->users().size();
  return std::string("  certificate: ") + (certificate.is_self_signed() ? "self-signed, " : "") + "SHA-256 " +
         certificate.fingerprint() + ", until " + date(certificate.expires_at()) +
         "\n  users: " + std::to_string(users) + "      secret: " +
         (appliance.config().auth.secret.empty() ? (appliance.config().data_dir / "secret").string()
                                                 : "auth.secret") +
         "\n";
}

std::string domain_hint(const Appliance& appliance) {
  const bool nameless = std::ranges::any_of(appliance.listening(), [](const Listening& at) {
    return at.scheme == Scheme::kTls && at.domain_name.empty();
  });
  if (!nameless) return {};
  return "  ! no domain name: browsers trust no self-signed certificate, and Firefox ignores turns: URLs "
         "with an IP address; point a name at this host, obtain a certificate for it, and set realm to the "
         "name, "
         "tls.certificate and tls.key\n";
}

}  // namespace

std::string banner(const Appliance& appliance) {
  const auto& config = appliance.config();
  std::string text = "icebox " ICEBOX_VERSION "   realm " + appliance.auth().realm + "   data " +
                     config.data_dir.string() + "   " + std::to_string(appliance.workers().size()) +
                     " workers\n";
  text += listeners_table(appliance) + relay_lines(appliance) + identity_line(appliance);
  for (const auto& finding : self_check(config, appliance.facts())) text += "  ! " + finding.text + "\n";
  text += domain_hint(appliance);
  const auto settings = ice_server_settings(config, appliance.auth(), appliance.listening());
  const auto credential = hub::mint(settings, "demo", appliance.facts().now);
  text += "  iceServers for the next " + std::to_string(credential.ttl.count() / 60) +
          " minutes: " + hub::ice_servers_json(settings, credential) + "\n";
  return text;
}

}  // namespace app
