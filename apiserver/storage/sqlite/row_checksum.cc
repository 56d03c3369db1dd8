#include "apiserver/storage/sqlite/row_checksum.h"

#include <xxhash.h>

#include <string>

namespace noizy::apiserver {
namespace {

// Little-endian by hand, so that a database can move between machines.
void AppendInteger(std::string& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(bits >> shift));
}

// With its length, so that ("ab", "c") and ("a", "bc") differ.
void AppendText(std::string& out, std::string_view text) {
  AppendInteger(out, static_cast<std::int64_t>(text.size()));
  out.append(text);
}

// The short columns seed the hash of the long one: nothing long is copied.
std::int64_t Hash(const std::string& head, std::string_view body) {
  const XXH64_hash_t seed = XXH3_64bits(head.data(), head.size());
  return static_cast<std::int64_t>(XXH3_64bits_withSeed(body.data(), body.size(), seed));
}

}  // namespace

std::int64_t RowChecksum(const LogRow& row) {
  std::string head;
  for (const std::int64_t number : {row.revision, row.op, row.create_revision}) {
    AppendInteger(head, number);
  }
  for (const std::string_view text : {row.resource, row.ns, row.name}) AppendText(head, text);
  return Hash(head, row.body);
}

std::int64_t SettingChecksum(std::string_view name, std::string_view value) {
  return Hash(std::string(name), value);
}

}  // namespace noizy::apiserver
