// Single values of the server under a name: its REST secret, its nonce key. Every verb is one durable
// statement, see users.h. Values are stored as they are given: the file's mode is what keeps a secret.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "storage/connection.h"

namespace storage {

// Keys are constants of the program, UTF-8 without NUL.

// nullopt if nothing was put under `key`. kBusy, kCorrupt, kDenied, kIo.
[[nodiscard]] Result<std::optional<std::vector<uint8_t>>> get_meta(Connection& connection,
                                                                   std::string_view key);

// Puts `value` under `key` in place of what was there. Also kFull.
[[nodiscard]] Outcome put_meta(Connection& connection, std::string_view key, base::Bytes value);

// Puts `proposal` under `key` if nothing is there, and gives what is there now. For what is made up on first
// use: of two processes that start at the same time, both get the same secret.
[[nodiscard]] Result<std::vector<uint8_t>> get_or_put_meta(Connection& connection, std::string_view key,
                                                           base::Bytes proposal);

}  // namespace storage
