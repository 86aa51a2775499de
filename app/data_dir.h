// What the data directory holds beside the database: the REST secret; and settings made from both.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>

#include "app/config/config.h"
#include "app/user_credentials.h"
#include "base/random.h"
#include "base/siphash.h"

namespace app {

// The secret in DIRECTORY/secret (mode 0600), made of 256 random bits if the file is not there. The error
// names the file, the cause and the cure.
[[nodiscard]] std::expected<std::string, std::string> load_or_make_secret(
    const std::filesystem::path& directory, base::RandomSource& random);

// The realm that runs: the configured one, else the host's name.
[[nodiscard]] std::string effective_realm(const Config& config);

// `made_up_secret` serves when auth.secret is empty. The error names the user whose name or password is
// unusable.
[[nodiscard]] std::expected<std::shared_ptr<const AuthSettings>, std::string> make_auth_settings(
    const Config& config, const std::string& made_up_secret);

}  // namespace app
