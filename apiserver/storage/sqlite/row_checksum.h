// The checksum every row carries: SQLite's own checks do not see overwritten payload bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "apiserver/storage/log_row.h"

namespace noizy::apiserver {

/// XXH3_64 over all columns; the same on every machine.
std::int64_t RowChecksum(const LogRow& row);
/// The same for a setting of the meta table.
std::int64_t SettingChecksum(std::string_view name, std::string_view value);

}  // namespace noizy::apiserver
