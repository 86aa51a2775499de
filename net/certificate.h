// A certificate chain with its private key: from files, or made here.
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"

struct ssl_ctx_st;

namespace net {

// What a self-signed certificate says. Its key is P-256, its serial random, its owner its own authority.
struct SelfSignedRequest {
  std::string common_name;  // the realm; also a DNS name of the certificate
  std::vector<std::string> more_dns_names;
  std::vector<base::IpAddress> addresses;  // what clients connect to by number
  std::chrono::days valid_for{365};
  base::WallTime now;
};

// Immutable; copies share the chain and the key. Safe from any thread.
class Certificate {
 public:
  // Reads a PEM chain, leaf first, and its PEM key; checks that the two belong together. The error is a
  // sentence that names the file, what is wrong with it and the cure. Expiry is no error: see expires_at().
  [[nodiscard]] static std::expected<Certificate, std::string> load(const std::filesystem::path& chain_file,
                                                                    const std::filesystem::path& key_file);
  // In memory only.
  [[nodiscard]] static std::expected<Certificate, std::string> make_self_signed(
      const SelfSignedRequest& request);
  // DIRECTORY/certificate.pem and key.pem if they are a pair, valid for another 30 days and for everything
  // that `request` names; else makes them anew, mode 0600, each by renaming, so that a crash leaves no half
  // file. An existing pair that cannot be read counts as none.
  [[nodiscard]] static std::expected<Certificate, std::string> load_or_make_self_signed(
      const std::filesystem::path& directory, const SelfSignedRequest& request);

  // Gives chain and key to a TLS or DTLS context. The error is a sentence.
  [[nodiscard]] std::expected<void, std::string> install(ssl_ctx_st* context) const;

  // SHA-256 of the leaf's DER as SDP and browsers write it: "AB:CD:..", 95 characters (RFC 8122 §5).
  [[nodiscard]] const std::string& fingerprint() const;
  [[nodiscard]] base::WallTime expires_at() const;
  [[nodiscard]] base::WallTime valid_from() const;
  [[nodiscard]] bool is_self_signed() const;
  // The chain has more than the leaf.
  [[nodiscard]] bool has_issuers() const;
  [[nodiscard]] bool covers(const std::string& dns_name) const;
  [[nodiscard]] bool covers(const base::IpAddress& address) const;

 private:
  struct Parts;
  explicit Certificate(std::shared_ptr<const Parts> parts);
  std::shared_ptr<const Parts> parts_;
};

}  // namespace net
