// What is settled of every HTTP request before it is routed: who really asks, whether under a name of ours,
// whether in clear text, and from which page. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/forwarded.h"
#include "net/http_message.h"
#include "net/origin_policy.h"

namespace app {

struct GuardOptions {
  net::TrustedProxies proxies{};
  bool plain_http = false;        // for everybody
  bool strict_transport = false;  // browsers shall come by TLS only (RFC 6797)
  std::string public_url;         // without a slash at its end; empty: none
  net::OriginPolicy origins{};    // beside our own
  // A domain name, in lower case, that is ours beside those of `public_url` and `origins`.
  std::function<bool(const std::string&)> is_our_name = [](const std::string&) { return false; };
  // Where HTTPS is served, for who asked without naming a port; nullopt: nowhere but where he asked.
  std::optional<uint16_t> https_port;
};

// What an operator should hear of, once in a while.
enum class GuardConcern : uint8_t {
  kUntrustedProxy,      // X-Forwarded-For or the like from an address that is no trusted proxy
  kContradictoryProxy,  // a trusted proxy passed on what its client made up
  kForeignHost,         // asked under a name that is not ours
  kPlainHttp,           // asked in clear text from afar
  kForeignOrigin,       // a page of another origin
};
inline constexpr size_t kGuardConcerns = 5;

struct Verdict {
  net::HttpHeaders headers;  // for whatever answer
  std::optional<net::HttpResponse> refusal;
  std::optional<GuardConcern> concern;
  std::string text;            // of the concern, with the cure
  bool through_proxy = false;  // of an HTTP proxy that is trusted
};

class RequestGuard {
 public:
  explicit RequestGuard(GuardOptions options = {}) : options_(std::move(options)) {}

  // Corrects `request` by what trusted proxies say of it, and takes the path of the public URL off its own.
  [[nodiscard]] Verdict judge(net::HttpRequest& request) const;

 private:
  void believe_proxy(net::HttpRequest& request, Verdict& verdict) const;
  void take_prefix_off(net::HttpRequest& request) const;
  [[nodiscard]] bool is_our_host(const net::HttpRequest& request, const Verdict& verdict) const;
  void judge_host(const net::HttpRequest& request, Verdict& verdict) const;
  void judge_transport(const net::HttpRequest& request, Verdict& verdict) const;
  void judge_origin(const net::HttpRequest& request, Verdict& verdict) const;
  [[nodiscard]] std::string https_base(const net::HttpRequest& request) const;

  GuardOptions options_;
};

// How the log calls it.
[[nodiscard]] std::string_view event_of(GuardConcern concern);

}  // namespace app
