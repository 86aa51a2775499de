#include "net/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "net/certificate_parts.h"
#include "net/openssl_handles.h"

namespace net {
namespace {

using File = std::unique_ptr<std::FILE, FreeWith<std::fclose>>;

std::string_view cure_of(int code) {
  if (code == ENOENT) return "; create it or correct tls.certificate and tls.key";
  if (code == EACCES)
    return "; let the user that runs icebox read it (chgrp and chmod 0640, or LoadCredential=)";
  return "";
}

std::unexpected<std::string> refuse(const std::filesystem::path& file, std::string_view what) {
  return std::unexpected(file.string() + ": " + std::string(what));
}

std::expected<File, std::string> open_file(const std::filesystem::path& file) {
  File handle(std::fopen(file.c_str(), "re"));
  const int code = errno;
  if (!handle) return refuse(file, std::generic_category().message(code) + std::string(cure_of(code)));
  return handle;
}

// An encrypted key must not make OpenSSL ask on the terminal of a server.
int no_passphrase(char*, int, int, void*) { return -1; }

std::expected<std::vector<CertificateHandle>, std::string> read_chain(const std::filesystem::path& path) {
  auto file = open_file(path);
  if (!file) return std::unexpected(file.error());
  ERR_clear_error();
  std::vector<CertificateHandle> chain;
  while (X509* const next = PEM_read_X509(file->get(), nullptr, no_passphrase, nullptr))
    chain.emplace_back(next);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (chain.empty() && at_end) {
    ERR_clear_error();
    return refuse(path, "holds no certificate; it must be PEM (BEGIN CERTIFICATE), the server's own first");
  }
  if (!at_end) return refuse(path, "not a PEM certificate: " + take_openssl_reason() + "; was it cut short?");
  ERR_clear_error();
  return chain;
}

std::expected<KeyHandle, std::string> read_key(const std::filesystem::path& path) {
  auto file = open_file(path);
  if (!file) return std::unexpected(file.error());
  ERR_clear_error();
  KeyHandle key(PEM_read_PrivateKey(file->get(), nullptr, no_passphrase, nullptr));
  if (key) return key;
  // OpenSSL tells a file without a key, an unknown kind and a wanted passphrase apart poorly: one cure for
  // all.
  return refuse(path,
                "no usable private key (" + take_openssl_reason() +
                    "); it must be PEM (BEGIN PRIVATE KEY), not encrypted: openssl pkey -in OLD -out NEW");
}

std::string fingerprint_of(X509* leaf) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int bytes = 0;
  X509_digest(leaf, EVP_sha256(), digest.data(), &bytes);
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  for (unsigned int i = 0; i < bytes; ++i) {
    if (i > 0) text += ':';
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 0xf];
  }
  return text;
}

base::WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return base::WallTime(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

Certificate::Certificate(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

Certificate::Parts::Parts(std::vector<CertificateHandle> from_chain, KeyHandle from_key)
    : chain(std::move(from_chain)),
      key(std::move(from_key)),
      fingerprint(fingerprint_of(leaf())),
      valid_from(wall_time(X509_get0_notBefore(leaf()))),
      expires_at(wall_time(X509_get0_notAfter(leaf()))) {}

std::expected<Certificate, std::string> Certificate::load(const std::filesystem::path& chain_file,
                                                          const std::filesystem::path& key_file) {
  auto chain = read_chain(chain_file);
  if (!chain) return std::unexpected(chain.error());
  auto key = read_key(key_file);
  if (!key) return std::unexpected(key.error());
  if (X509_check_private_key(chain->front().get(), key->get()) != 1) {
    ERR_clear_error();
    return refuse(key_file,
                  "is not the key of the first certificate in " + chain_file.string() +
                      "; give the pair that was issued together, the server's own certificate first");
  }
  return Certificate(std::make_shared<const Parts>(std::move(*chain), std::move(*key)));
}

std::expected<void, std::string> Certificate::install(ssl_ctx_st* context) const {
  const auto refused = [] {
    return std::unexpected("certificate: OpenSSL refuses it: " + take_openssl_reason());
  };
  ERR_clear_error();
  if (SSL_CTX_use_certificate(context, parts_->leaf()) != 1) return refused();
  if (SSL_CTX_use_PrivateKey(context, parts_->key.get()) != 1) return refused();
  SSL_CTX_clear_chain_certs(context);
  for (size_t i = 1; i < parts_->chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, parts_->chain[i].get()) != 1) return refused();
  }
  return {};
}

const std::string& Certificate::fingerprint() const { return parts_->fingerprint; }
base::WallTime Certificate::expires_at() const { return parts_->expires_at; }
base::WallTime Certificate::valid_from() const { return parts_->valid_from; }

bool Certificate::has_issuers() const { return parts_->chain.size() > 1; }

bool Certificate::is_self_signed() const { return X509_self_signed(parts_->leaf(), 1) == 1; }

bool Certificate::covers(const std::string& dns_name) const {
  return X509_check_host(parts_->leaf(), dns_name.data(), dns_name.size(), 0, nullptr) == 1;
}

bool Certificate::covers(const base::IpAddress& address) const {
  return X509_check_ip_asc(parts_->leaf(), address.to_string().c_str(), 0) == 1;
}

}  // namespace net
