// Certificate's own making: a key, a certificate that it signs itself, and both on disk.
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "net/certificate.h"
#include "net/certificate_parts.h"
#include "net/openssl_handles.h"
#include "net/unique_fd.h"

namespace net {
namespace {

constexpr std::chrono::days kRenewBefore{30};
// Clients whose clock is a little slow must not see a certificate from the future.
constexpr std::chrono::hours kClockSkew{24};
constexpr size_t kLongestCommonName = 64;  // RFC 5280 appendix A.1, ub-common-name

using SerialHandle = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;

// 127 random bits: unique and unpredictable, and positive in 16 octets (RFC 5280 §4.1.2.2: at most 20).
bool set_serial(X509* certificate) {
  const SerialHandle serial(BN_new());
  return serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509* certificate, const std::string& common_name) {
  const auto text = common_name.substr(0, kLongestCommonName);
  X509_NAME* const name = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

bool set_validity(X509* certificate, const SelfSignedRequest& request) {
  const auto from = (request.now - kClockSkew).time_since_epoch().count();
  const auto until = (request.now + request.valid_for).time_since_epoch().count();
  return ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<time_t>(from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<time_t>(until)) != nullptr;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
  const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// A name with anything else in it could smuggle further entries into the list below.
bool is_dns_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  };
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), allowed);
}

std::vector<std::string> dns_names(const SelfSignedRequest& request) {
  std::vector<std::string> names{request.common_name};
  names.insert(names.end(), request.more_dns_names.begin(), request.more_dns_names.end());
  std::erase_if(names, [](const std::string& name) { return !is_dns_name(name); });
  return names;
}

std::string alternative_names(const SelfSignedRequest& request) {
  std::string list;
  const auto add = [&list](const std::string& entry) { list += (list.empty() ? "" : ",") + entry; };
  for (const auto& name : dns_names(request)) add("DNS:" + name);
  for (const auto& address : request.addresses) add("IP:" + address.to_string());
  return list;
}

bool fill(X509* certificate, EVP_PKEY* key, const SelfSignedRequest& request) {
  const std::string names = alternative_names(request);
  return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
         set_name(certificate, request.common_name) && set_validity(certificate, request) &&
         X509_set_pubkey(certificate, key) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth") &&
         (names.empty() || add_extension(certificate, NID_subject_alt_name, names)) &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

std::unexpected<std::string> refuse(const std::filesystem::path& file, std::string_view deed, int code) {
  return std::unexpected(
      file.string() + ": " + std::string(deed) + ": " + std::generic_category().message(code) +
      "; let the user that runs icebox write to the data directory, or set tls.certificate");
}

std::expected<void, std::string> write_all(int fd, std::string_view text, const std::filesystem::path& file) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno != EINTR) return refuse(file, "write", errno);
    if (put > 0) text.remove_prefix(static_cast<size_t>(put));
  }
  if (::fsync(fd) != 0) return refuse(file, "fsync", errno);
  return {};
}

// Through a file of another name: whoever reads `file` finds the old text or the new, never half.
std::expected<void, std::string> write_file(const std::filesystem::path& file, std::string_view text) {
  std::string unfinished = file.string() + ".XXXXXX";
  const UniqueFd fd(::mkostemp(unfinished.data(), O_CLOEXEC));  // mode 0600
  if (!fd) return refuse(file, "create", errno);
  auto written = write_all(fd.get(), text, file);
  if (written && ::rename(unfinished.c_str(), file.c_str()) != 0) written = refuse(file, "rename", errno);
  if (!written) ::unlink(unfinished.c_str());
  return written;
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(bytes)};
}

std::string pem_of(X509* certificate) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return contents(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const BioHandle bio(BIO_new(BIO_s_secmem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return contents(bio.get());
}

bool serves(const Certificate& certificate, const SelfSignedRequest& request) {
  const auto names = dns_names(request);
  return certificate.valid_from() <= request.now && certificate.expires_at() > request.now + kRenewBefore &&
         std::all_of(names.begin(), names.end(),
                     [&](const auto& name) { return certificate.covers(name); }) &&
         std::all_of(request.addresses.begin(), request.addresses.end(),
                     [&](const auto& address) { return certificate.covers(address); });
}

}  // namespace

std::expected<Certificate, std::string> Certificate::make_self_signed(const SelfSignedRequest& request) {
  ERR_clear_error();
  KeyHandle key(EVP_EC_gen("P-256"));
  CertificateHandle leaf(X509_new());
  if (!key || !leaf || !fill(leaf.get(), key.get(), request)) {
    return std::unexpected("self-signed certificate for '" + request.common_name +
                           "': " + take_openssl_reason());
  }
  std::vector<CertificateHandle> chain;
  chain.push_back(std::move(leaf));
  return Certificate(std::make_shared<const Parts>(std::move(chain), std::move(key)));
}

std::expected<Certificate, std::string> Certificate::load_or_make_self_signed(
    const std::filesystem::path& directory, const SelfSignedRequest& request) {
  const auto chain_file = directory / "certificate.pem";
  const auto key_file = directory / "key.pem";
  if (auto kept = load(chain_file, key_file); kept && serves(*kept, request)) return kept;
  auto made = make_self_signed(request);
  if (!made) return made;
  // Key and certificate in one file would be one rename; two files are what other programs expect. A crash
  // between the two leaves a pair that does not match, which the next start makes anew.
  if (auto written = write_file(key_file, pem_of(made->parts_->key.get())); !written) {
    return std::unexpected(written.error());
  }
  if (auto written = write_file(chain_file, pem_of(made->parts_->leaf())); !written) {
    return std::unexpected(written.error());
  }
  return made;
}

}  // namespace net
