// Accounts with a pair of peers each, written into a server's database before it starts.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace bench::generator::hub {

// Makes `clients` / 2 accounts of two verified peers, "left" and "right", in one transaction, and gives their
// bearer tokens in the order of clients (Wire). Accounts get names that no earlier call has given. The error
// is for a human.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> add_accounts(
    const std::filesystem::path& data_dir, size_t clients);

}  // namespace bench::generator::hub
