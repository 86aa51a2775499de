// From the rows of a statement to values. Internal to storage.
#pragma once

#include <utility>
#include <vector>

#include "storage/statement.h"

namespace storage {

// What `read`, a callable from a statement that stands on a row to Result<Row>, gives for every row of
// `rows`.
template <typename Row, typename Read>
[[nodiscard]] Result<std::vector<Row>> read_rows(Result<Statement> rows, Read&& read) {
  if (!rows) return std::unexpected(rows.error());
  std::vector<Row> values;
  for (auto row = rows->step();; row = rows->step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return values;
    Result<Row> value = read(std::as_const(*rows));
    if (!value) return std::unexpected(value.error());
    values.push_back(*std::move(value));
  }
}

}  // namespace storage
