#include "apiserver/storage/sqlite/row_checksum.h"

#include <xxhash.h>

#include <string>

namespace noizy::apiserver {
namespace {

// The short columns seed the hash of the long one: nothing long is copied.
std::int64_t Hash(const std::string& head, std::string_view body) {
  const XXH64_hash_t seed = XXH3_64bits(head.data(), head.size());
  return static_cast<std::int64_t>(XXH3_64bits_withSeed(body.data(), body.size(), seed));
}

}  // namespace

std::int64_t RowChecksum(const LogRow& row) {
  return Hash(IdentityOf(row), row.body);
}

std::int64_t SettingChecksum(std::string_view name, std::string_view value) {
  return Hash(std::string(name), value);
}

}  // namespace noizy::apiserver
