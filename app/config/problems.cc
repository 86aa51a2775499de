// Config::problems(): what is wrong between values that are fine one by one. One function per section.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>

#include "app/config/config.h"
#include "app/config/text.h"
#include "base/web_origin.h"

namespace app {
namespace {

using Keys = std::initializer_list<std::string_view>;

constexpr uint32_t kMostWorkers = 256;
constexpr uint16_t kFirstUnprivilegedPort = 1024;
constexpr std::chrono::minutes kShortestMaxLifetime{10};  // clients ask for RFC 8656's default, 600 s
constexpr size_t kLongestRealmBytes = 763;                // RFC 8489 §14.9
constexpr size_t kLongestUserNameBytes = 508;             // RFC 8489 §14.3
constexpr uint64_t kSmallestMaxMessageBytes = 4 * 1024;   // an SDP with one media section and its candidates
constexpr uint64_t kLargestMaxMessageBytes = 16 * 1024 * 1024;

class Checker {
 public:
  explicit Checker(const Config& config) : config_(config) {}

  void check_root();
  void check_listeners();
  void check_external_ip();
  void check_tls();
  void check_auth();
  void check_relay();
  void check_quotas();
  void check_signaling();
  void check_limits();
  void check_metrics();

  std::vector<ConfigProblem> take() && { return std::move(problems_); }

 private:
  void expect(bool fine, Keys keys, std::string text) {
    if (!fine) problems_.push_back({keys, std::move(text)});
  }
  void expect_positive(uint64_t value, std::string_view key, std::string_view consequence) {
    expect(value > 0, {key}, std::string(key) + " is 0: " + std::string(consequence));
  }

  const Config& config_;
  std::vector<ConfigProblem> problems_;
};

void Checker::check_root() {
  expect(config_.realm.size() <= kLongestRealmBytes, {"realm"},
         "realm is longer than 763 bytes, the most that STUN carries; shorten it");
  expect(config_.workers <= kMostWorkers, {"workers"},
         "workers (" + std::to_string(config_.workers) + ") is above 256; use 0 for one per core");
  expect(!config_.data_dir.empty(), {"data_dir"},
         "data_dir is empty; name a directory that icebox may write to");
}

void Checker::check_listeners() {
  expect(!config_.listen.empty(), {"listen"},
         "listen is empty: nobody could connect; write for example [\"udp://0.0.0.0:3478\"]");
  std::set<std::pair<bool, base::Endpoint>> taken;
  for (const auto& listener : config_.listen) {
    if (listener.endpoint.port == 0) continue;  // each gets a port of its own
    const bool is_udp = listener.scheme == Scheme::kUdp;
    expect(taken.insert({is_udp, listener.endpoint}).second, {"listen"},
           "listen has " + listener.endpoint.to_string() + " over " + (is_udp ? "UDP" : "TCP") +
               " twice; remove one" + (is_udp ? "" : " (tcp and tls share a port: tcp takes TLS too)"));
  }
}

void Checker::check_external_ip() {
  const auto of_family = [this](base::Family family) {
    return std::ranges::count(config_.external_ip, family, &base::IpAddress::family);
  };
  expect(of_family(base::Family::kIpv4) <= 1, {"external_ip"},
         "external_ip has two IPv4 addresses; keep the one that clients should be told");
  expect(of_family(base::Family::kIpv6) <= 1, {"external_ip"},
         "external_ip has two IPv6 addresses; keep the one that clients should be told");
  for (const auto& address : config_.external_ip) {
    expect(!address.is_unspecified(), {"external_ip"},
           "external_ip has " + address.to_string() + ", which nobody can reach; write the public address");
  }
}

void Checker::check_tls() {
  const auto& tls = config_.tls;
  expect(tls.certificate.empty() || !tls.key.empty(), {"tls.certificate", "tls.key"},
         "tls.certificate is set without tls.key; name the file of its private key");
  expect(tls.key.empty() || !tls.certificate.empty(), {"tls.key", "tls.certificate"},
         "tls.key is set without tls.certificate; name the file of its certificate chain");
  expect(tls.acme.domains.empty(), {"tls.acme.domains"},
         "tls.acme.domains is set, but ACME is not built in yet; obtain a certificate with certbot or lego "
         "and name "
         "it in tls.certificate and tls.key");
}

void Checker::check_auth() {
  const auto& auth = config_.auth;
  expect(auth.credential_ttl.count() > 0, {"auth.credential_ttl"},
         "auth.credential_ttl is 0: credentials would be born expired; write for example \"1h\"");
  expect(auth.credential_ttl <= auth.max_credential_ttl, {"auth.credential_ttl", "auth.max_credential_ttl"},
         "auth.credential_ttl (" + to_text(auth.credential_ttl) + ") is above auth.max_credential_ttl (" +
             to_text(auth.max_credential_ttl) +
             "): minted credentials would be refused; lower it or raise the maximum");
  expect(std::ranges::none_of(auth.secret, &std::string::empty), {"auth.secret"},
         "auth.secret has an empty secret, which anybody could guess; remove it");
  for (const auto& [name, password] : auth.users) {
    expect(!name.empty() && name.size() <= kLongestUserNameBytes, {"auth.users"},
           "auth.users has a name of " + std::to_string(name.size()) + " bytes; STUN carries 1 to 508");
    expect(!password.empty(), {"auth.users"},
           "auth.users has a user without a password; give one or remove the user");
  }
}

void Checker::check_relay() {
  const auto& relay = config_.relay;
  const auto range = to_text(relay.ports);
  expect(relay.ports.low <= relay.ports.high, {"relay.ports"},
         "relay.ports " + range + " is reversed; write the lower port first");
  expect(std::min(relay.ports.low, relay.ports.high) >= kFirstUnprivilegedPort, {"relay.ports"},
         "relay.ports " + range +
             " reaches below 1024, where services of this host live; begin at 1024 or above");
  for (const auto& address : relay.addresses) {
    expect(!address.is_unspecified(), {"relay.addresses"},
           "relay.addresses has " + address.to_string() +
               ", which is no address; write one of this host, or [] to find it");
  }
  expect(std::set(relay.addresses.begin(), relay.addresses.end()).size() == relay.addresses.size(),
         {"relay.addresses"}, "relay.addresses has an address twice; remove one");
  expect(relay.max_lifetime >= kShortestMaxLifetime, {"relay.max_lifetime"},
         "relay.max_lifetime (" + to_text(relay.max_lifetime) +
             ") is below 10m, the lifetime that clients expect (RFC 8656); raise it");
  expect(
      relay.fast_path == FastPath::kAuto || relay.fast_path == FastPath::kOff, {"relay.fast_path"},
      "relay.fast_path \"" + to_text(relay.fast_path) + "\" is not built in yet; write \"auto\" or \"off\"");
}

void Checker::check_quotas() {
  const auto& relay = config_.relay;
  expect_positive(relay.allocations, "relay.allocations", "nobody could relay; raise it");
  expect_positive(relay.allocations_per_user, "relay.allocations_per_user",
                  "nobody could relay; raise it, at most to relay.allocations");
  expect_positive(relay.allocations_per_source, "relay.allocations_per_source",
                  "nobody could relay; raise it, at most to relay.allocations");
}

// Nothing, or what is wrong with it.
std::string fault_of_url(std::string_view url) {
  if (url.empty()) return {};
  const auto end = url.find('/', std::min(url.find("://") + 3, url.size()));
  const auto path = end == std::string_view::npos ? std::string_view() : url.substr(end);
  if (!url.starts_with("https://") && !url.starts_with("http://")) return "which is no web address";
  if (!base::parse_origin(url.substr(0, end))) return "which is no web address";
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/-._~").find(c) != std::string_view::npos;
  };
  if (!std::ranges::all_of(path, fits) || path.find("//") != std::string_view::npos)
    return "whose path has more than letters, digits and -._~";
  // Whether the proxy takes the path off could not be told.
  const auto first = path.substr(0, path.find('/', 1));
  for (const std::string_view ours : {"/api", "/client", "/peerjs", "/v1", "/turn", "/ws"}) {
    if (first == ours) return "whose path begins like one of the server's own";
  }
  return {};
}

void Checker::check_signaling() {
  const auto& signaling = config_.signaling;
  for (const auto& origin : signaling.allowed_origins) {
    const auto pattern = base::OriginPattern::parse(origin);
    expect(pattern.has_value(), {"signaling.allowed_origins"},
           "signaling.allowed_origins has \"" + origin + "\", " + (pattern ? "" : pattern.error()));
  }
  const auto url_fault = fault_of_url(signaling.public_url);
  expect(url_fault.empty(), {"signaling.public_url"},
         "signaling.public_url is \"" + signaling.public_url + "\", " + url_fault +
             "; write for example \"https://example.org/rtc/\"");
  const auto max_message = signaling.max_message.bytes;
  expect(max_message >= kSmallestMaxMessageBytes && max_message <= kLargestMaxMessageBytes,
         {"signaling.max_message"},
         "signaling.max_message (" + to_text(signaling.max_message) +
             ") is outside 4KiB to 16MiB: offers would not fit, or one sender could fill the memory; write "
             "\"64KiB\"");
  expect_positive(signaling.peers_per_user, "signaling.peers_per_user", "nobody could have a peer; raise it");
  expect_positive(signaling.message_rate.per_second, "signaling.message_rate.per_second",
                  "nobody could say anything; raise it");
  expect_positive(signaling.message_rate.bytes_per_second.bytes, "signaling.message_rate.bytes_per_second",
                  "nobody could say anything; raise it");
  const auto& queue = signaling.offline_queue;
  expect(queue.messages == 0 || queue.bytes >= signaling.max_message,
         {"signaling.offline_queue.bytes", "signaling.max_message"},
         "signaling.offline_queue.bytes (" + to_text(queue.bytes) + ") is below signaling.max_message (" +
             to_text(signaling.max_message) + "): a large message could never wait; raise it");
}

void Checker::check_limits() {
  const auto& limits = config_.limits;
  for (const auto& proxies : limits.forwarded_for_from) {
    expect(proxies.bits > 0, {"limits.forwarded_for_from"},
           "limits.forwarded_for_from has " + proxies.to_string() +
               ": anybody could pass for anybody; name the proxies only");
  }
  constexpr std::string_view kNoConnection = "nobody could connect over TCP; raise it";
  expect_positive(limits.connections, "limits.connections", kNoConnection);
  expect_positive(limits.connections_per_source, "limits.connections_per_source", kNoConnection);
  expect_positive(limits.unauthenticated_replies_per_second, "limits.unauthenticated_replies_per_second",
                  "no client would learn realm and nonce; raise it");
  expect_positive(limits.http_requests_per_second, "limits.http_requests_per_second",
                  "no page and no API would answer; raise it");
  const std::array<std::pair<std::string_view, std::chrono::seconds>, 4> deadlines{{
      {"limits.first_message_deadline", limits.first_message_deadline},
      {"limits.handshake_deadline", limits.handshake_deadline},
      {"limits.unauthenticated_deadline", limits.unauthenticated_deadline},
      {"limits.idle_deadline", limits.idle_deadline},
  }};
  for (const auto& [key, deadline] : deadlines) {
    expect_positive(static_cast<uint64_t>(deadline.count()), key,
                    "every connection would be closed at once; raise it");
  }
}

void Checker::check_metrics() {
  const auto& endpoint = config_.metrics.listen;
  if (!endpoint || endpoint->port == 0) return;
  const bool taken = std::ranges::any_of(config_.listen, [&](const Listener& listener) {
    if (listener.scheme == Scheme::kUdp) return false;
    // [::] takes every IPv4 address of its port too.
    const bool takes_ipv4 = endpoint->ip.is_v4() && endpoint->port == listener.endpoint.port &&
                            takes_both_families(listener, config_.listen);
    return listener.endpoint == *endpoint || takes_ipv4;
  });
  expect(!taken, {"metrics.listen", "listen"},
         "metrics.listen " + endpoint->to_string() + " is also in listen; give metrics a port of their own");
}

}  // namespace

std::vector<ConfigProblem> Config::problems() const {
  Checker checker(*this);
  checker.check_root();
  checker.check_listeners();
  checker.check_external_ip();
  checker.check_tls();
  checker.check_auth();
  checker.check_relay();
  checker.check_quotas();
  checker.check_signaling();
  checker.check_limits();
  checker.check_metrics();
  return std::move(checker).take();
}

}  // namespace app
