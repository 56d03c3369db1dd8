#include "apiserver/storage/sqlite/log_digest.h"

#include <algorithm>
#include <charconv>

namespace noizy::apiserver {
namespace {

/// Reads a number and the space behind it off the front of `text`.
template <typename Number>
Number TakeNumber(std::string_view& text) {
  Number number = 0;
  const char* end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  text.remove_prefix(std::min(text.size(), static_cast<std::size_t>(end - text.data()) + 1));
  return number;
}

}  // namespace

void LogDigest::Add(std::int64_t row_revision, std::int64_t row_checksum) {
  revision = std::max(revision, row_revision);
  ++rows;
  sum += static_cast<std::uint64_t>(row_checksum);
}

void LogDigest::Remove(std::int64_t row_checksum) {
  --rows;
  sum -= static_cast<std::uint64_t>(row_checksum);
}

std::string LogDigest::ToString() const {
  return std::to_string(revision) + " " + std::to_string(rows) + " " + std::to_string(sum);
}

LogDigest LogDigest::FromString(std::string_view text) {
  LogDigest digest;
  digest.revision = TakeNumber<std::int64_t>(text);
  digest.rows = TakeNumber<std::int64_t>(text);
  digest.sum = TakeNumber<std::uint64_t>(text);
  return digest;
}

}  // namespace noizy::apiserver
