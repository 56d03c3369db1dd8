// What all rows of the log add up to, so that a row that vanishes is missed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace noizy::apiserver {

/// A row's own checksum cannot tell that the row is gone, as it is after one wrong bit in a page's
/// cell count. The digest can: it counts the rows and adds up their checksums, in any order.
struct LogDigest {
  /// The newest row counted; later rows may exist.
  std::int64_t revision = 0;
  std::int64_t rows = 0;
  std::uint64_t sum = 0;

  void Add(std::int64_t row_revision, std::int64_t row_checksum);
  void Remove(std::int64_t row_checksum);
  bool operator==(const LogDigest&) const = default;

  /// "revision rows sum", as it is stored; all 0 for what cannot be read.
  std::string ToString() const;
  static LogDigest FromString(std::string_view text);
};

}  // namespace noizy::apiserver
