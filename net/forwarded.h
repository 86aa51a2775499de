// What reverse proxies say of a request that they pass on: X-Forwarded-For, -Proto, -Host, -Port, -Prefix,
// and Forwarded (RFC 7239). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "net/http_message.h"

namespace net {

// A request as the proxy in front got it.
struct Forwarded {
  base::IpAddress client;      // the nearest one that is no trusted proxy
  std::optional<bool> secure;  // over TLS; nullopt: not told
  std::string host;            // "ice.example.org" or "ice.example.org:8443"; empty: not told
  std::string prefix;          // "/rtc", in front of our paths and taken off already; empty: none
  // X-Forwarded-For and Forwarded name different clients: one of them is the client's own, which the proxy
  // passed on. Neither is believed, and `client` is the proxy.
  bool contradictory = false;
  // A quote in Forwarded has no end, so that what the proxy wrote behind it cannot be told from it. As above.
  bool malformed = false;
};

// Does the request have any of the fields that name a client? From anybody but a proxy they are made up.
[[nodiscard]] bool has_forwarded_fields(const HttpHeaders& headers);

// Proxies whose word is taken.
class TrustedProxies {
 public:
  explicit TrustedProxies(std::vector<base::IpPrefix> prefixes = {}) : prefixes_(std::move(prefixes)) {}

  [[nodiscard]] bool contains(const base::IpAddress& address) const;
  // `peer`, one of them, sent `headers`. Each proxy appends whom it got the request from, so the list is read
  // from its end: proxies of ours are skipped, and the first address that is none is the client. What stands
  // further left was written by that client, and may be made up. An entry that is no address ends the search:
  // the client is then the last proxy that was skipped.
  [[nodiscard]] Forwarded read(const HttpHeaders& headers, const base::IpAddress& peer) const;

 private:
  std::vector<base::IpPrefix> prefixes_;
};

}  // namespace net
