// The checksum every row carries: SQLite's own checks do not see overwritten payload bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace noizy::apiserver {

/// A row of the log as it lies on disk.
struct LogRow {
  std::int64_t revision = 0;
  std::int64_t op = 0;  // WriteOp::Kind
  std::string_view resource;
  std::string_view ns;
  std::string_view name;
  std::int64_t create_revision = 0;
  std::string_view body;
};

/// XXH3_64 over all columns; the same on every machine.
std::int64_t RowChecksum(const LogRow& row);
/// The same for a setting of the meta table.
std::int64_t SettingChecksum(std::string_view name, std::string_view value);

}  // namespace noizy::apiserver
