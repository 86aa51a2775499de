#include "app/banner.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/ice_server_settings.h"
#include "app/log_start.h"
#include "app/self_check.h"
#include "base/json_text.h"

namespace app {
namespace {

constexpr size_t kListensColumns = 29;
constexpr size_t kAdvertisedColumns = 27;
constexpr size_t kGapColumns = 2;
constexpr Indents kItem{.first = "  ", .further = "    "};

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

std::string advertised_as(const Listening& listening) {
  return listening.advertised.ip.is_unspecified() ? "nothing yet" : listening.advertised.to_string();
}

std::string listens_at(const Listening& listening) {
  return std::string(to_string(listening.scheme)) + " " + listening.bound.to_string();
}

std::string listeners_table(const Appliance& appliance) {
  size_t listens = kListensColumns;
  size_t advertised = kAdvertisedColumns;
  for (const auto& listening : appliance.listening()) {  // IPv6 addresses may be longer than is usual
    listens = std::max(listens, listens_at(listening).size() + kGapColumns);
    advertised = std::max(advertised, advertised_as(listening).size() + kGapColumns);
  }
  std::string text = "  " + padded("listens", listens) + padded("advertised", advertised) + "carries\n";
  for (const auto& listening : appliance.listening()) {
    text += "  " + padded(listens_at(listening), listens) + padded(advertised_as(listening), advertised) +
            std::string(carries(listening.scheme)) + "\n";
  }
  return text;
}

std::string relay_lines(const Appliance& appliance, Columns columns) {
  std::string text;
  const auto& ports = appliance.config().relay.ports;
  for (const auto& use : appliance.ports().use()) {
    auto line = "relay ports " + std::to_string(ports.low) + "-" + std::to_string(ports.high) + ", " +
                std::to_string(use.free) + " free on " + use.bound.to_string();
    if (use.advertised != use.bound) line += ", advertised as " + use.advertised.to_string();
    text += wrapped(line, kItem, columns);
  }
  return text;
}

// A fingerprint is wider than most terminals, which have it in two rows of 16 octets.
std::string certificate_lines(const net::Certificate& certificate, Columns columns) {
  const std::string owner = certificate.is_self_signed() ? "  certificate: self-signed, " : "  certificate: ";
  const auto& fingerprint = certificate.fingerprint();
  const std::string until = "until " + date(certificate.expires_at());
  if (!columns) return owner + "SHA-256 " + fingerprint + ", " + until + "\n";
  const size_t half = fingerprint.size() / 2 + 1;
  return owner + until + ", SHA-256\n    " + fingerprint.substr(0, half) + "\n    " +
         fingerprint.substr(half) + "\n";
}

std::string users_line(const Appliance& appliance, Columns columns) {
  const size_t users =
      appliance.config().auth.users.size() + appliance.store().users().load()->users().size();
  const auto secret = appliance.config().auth.secret.empty()
                          ? (appliance.config().data_dir / "secret").string()
                          : "auth.secret";
  return wrapped("users: " + std::to_string(users) + "      secret: " + secret, kItem, columns);
}

std::string certificate_hint(const Appliance& appliance) {
  const auto left = days_left(*appliance.certificate(), appliance.facts().now);
  if (left >= kRenewBefore) return {};
  const std::string end = left.count() < 0 ? "ended: clients refuse it"
                                           : "ends within " + std::to_string(left.count() + 1) + " days";
  return "the certificate " + end +
         "; put a new one into tls.certificate and tls.key, then run: icebox reload";
}

std::string_view domain_hint(const Appliance& appliance) {
  const bool nameless = std::ranges::any_of(appliance.listening(), [](const Listening& at) {
    return at.scheme == Scheme::kTls && at.domain_name.empty();
  });
  if (!nameless) return {};
  return "no domain name: browsers trust no self-signed certificate, and Firefox ignores turns: URLs "
         "with an IP address; point a name at this host, obtain a certificate for it, and set realm to the "
         "name, tls.certificate and tls.key";
}

std::string findings(const Appliance& appliance, Columns columns) {
  std::string text;
  const auto add = [&](std::string_view finding) { text += wrapped_finding(finding, columns); };
  if (const auto hint = certificate_hint(appliance); !hint.empty()) add(hint);
  if (const auto hint = chain_hint(*appliance.certificate()); !hint.empty()) add(hint);
  for (const auto& finding : self_check(appliance.config(), appliance.facts())) add(finding.text);
  if (const auto hint = domain_hint(appliance); !hint.empty()) add(hint);
  return text;
}

// On a terminal a list to be copied from there, in one line. Elsewhere, in journals and logs of containers
// that many read and that are kept, no credential.
std::string ice_servers_lines(const Appliance& appliance, Columns columns) {
  const auto settings = ice_server_settings(appliance.config(), appliance.auth(), appliance.listening());
  if (!columns) {
    auto urls = settings.stun_urls;
    urls.insert(urls.end(), settings.turn_urls.begin(), settings.turn_urls.end());
    return "  ICE servers: " + base::json_text(nlohmann::json(urls)) +
           "; a credential for them:  icebox credential\n";
  }
  const auto credential = hub::mint(settings, "demo", appliance.facts().now);
  return "  iceServers for the next " + std::to_string(credential.ttl.count() / 60) + " minutes:\n" +
         base::json_text(hub::ice_servers_of(settings, credential)) + "\n";
}

}  // namespace

std::string banner(const Appliance& appliance, Columns columns) {
  const auto program = "icebox " ICEBOX_VERSION "   realm " + appliance.auth().realm + "   data " +
                       appliance.config().data_dir.string() + "   " +
                       std::to_string(appliance.workers().size()) + " workers";
  return wrapped(program, {.first = "", .further = "  "}, columns) + listeners_table(appliance) +
         relay_lines(appliance, columns) + certificate_lines(*appliance.certificate(), columns) +
         users_line(appliance, columns) + findings(appliance, columns) +
         ice_servers_lines(appliance, columns);
}

}  // namespace app
