#include "app/data_dir.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSecretBytes = 32;

std::string fault(const fs::path& file, int code, std::string_view cure) {
  return file.string() + ": " + std::strerror(code) + "; " + std::string(cure);
}

std::string random_hex(base::RandomSource& random) {
  std::array<uint8_t, kSecretBytes> octets;
  random.fill(octets);
  std::string hex;
  for (const auto octet : octets) {
    hex += "0123456789abcdef"[octet >> 4];
    hex += "0123456789abcdef"[octet & 15];
  }
  return hex;
}

std::expected<std::string, std::string> read_secret(const fs::path& file) {
  std::ifstream in(file);
  std::string secret;
  if (!in || !std::getline(in, secret)) {
    return std::unexpected(
        fault(file, errno ? errno : EIO, "make it readable for this user, or remove it to get a new one"));
  }
  if (secret.size() < 16)
    return std::unexpected(file.string() + ": shorter than 16 characters; remove it to get a new one");
  return secret;
}

// O_EXCL: of two processes that start at once, the second reads what the first wrote.
std::expected<std::string, std::string> write_secret(const fs::path& file, const std::string& secret) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) return read_secret(file);
  if (fd < 0)
    return std::unexpected(
        fault(file, errno, "make data_dir writable for this user, or choose another with --data"));
  const auto line = secret + "\n";
  const bool written =
      ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd) == 0;
  const int code = errno;
  ::close(fd);
  if (written) return secret;
  ::unlink(file.c_str());
  return std::unexpected(fault(file, code, "free some space in data_dir"));
}

}  // namespace

std::expected<std::string, std::string> load_or_make_secret(const fs::path& directory,
                                                            base::RandomSource& random) {
  const auto file = directory / "secret";
  std::error_code ignored;
  return fs::exists(file, ignored) ? read_secret(file) : write_secret(file, random_hex(random));
}

std::string effective_realm(const Config& config) {
  if (!config.realm.empty()) return config.realm;
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] ? name.data() : "icebox";
}

std::expected<std::shared_ptr<const AuthSettings>, std::string> make_auth_settings(
    const Config& config, const std::string& made_up_secret) {
  auto settings = std::make_shared<AuthSettings>();
  settings->realm = effective_realm(config);
  settings->secrets = config.auth.secret;
  if (settings->secrets.empty()) settings->secrets.push_back(made_up_secret);
  settings->max_credential_ttl = config.auth.max_credential_ttl;
  settings->takes_claims = config.signaling.legacy_peerbook;
  for (const auto& [name, password] : config.auth.users) {
    const auto prepared_name = stun::opaque_string(name);
    const auto prepared_password = stun::opaque_string(password);
    if (!prepared_name) {
      return std::unexpected("auth.users." + name + ": " +
                             std::string(stun::describe(prepared_name.error())));
    }
    if (!prepared_password) {
      return std::unexpected("auth.users." + name +
                             ": password: " + std::string(stun::describe(prepared_password.error())));
    }
    settings->add_user(*prepared_name,
                       stun::derive_long_term_keys(*prepared_name, settings->realm, *prepared_password));
  }
  return settings;
}

}  // namespace app
