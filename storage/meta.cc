#include "storage/meta.h"

namespace storage {
namespace {

std::vector<uint8_t> to_vector(base::Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Result<std::optional<std::vector<uint8_t>>> get_meta(Connection& connection, std::string_view key) {
  auto found = connection.query("SELECT value FROM meta WHERE key = ?1", {key});
  if (!found) return std::unexpected(found.error());
  const auto row = found->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return to_vector(found->bytes(0));
}

Outcome put_meta(Connection& connection, std::string_view key, base::Bytes value) {
  const auto put = connection.run(
      "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      {key, value});
  if (!put) return std::unexpected(put.error());
  return {};
}

Result<std::vector<uint8_t>> get_or_put_meta(Connection& connection, std::string_view key,
                                             base::Bytes proposal) {
  const auto found = get_meta(connection, key);  // mostly there, and then a full disk is no obstacle
  if (!found) return std::unexpected(found.error());
  if (*found) return **found;
  // An update that changes nothing, because DO NOTHING would return no row.
  auto kept = connection.query(
      "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = value"
      " RETURNING value",
      {key, proposal});
  if (!kept) return std::unexpected(kept.error());
  if (const auto row = kept->step(); !row) return std::unexpected(row.error());
  const auto value = to_vector(kept->bytes(0));
  if (const auto end = kept->step(); !end) return std::unexpected(end.error());  // commits
  return value;
}

}  // namespace storage
