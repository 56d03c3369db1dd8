#include "apiserver/storage/log_row.h"

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

}  // namespace

std::string IdentityOf(const LogRow& row) {
  std::string identity;
  for (const std::int64_t number : {row.revision, row.op, row.create_revision}) {
    AppendInteger(identity, number);
  }
  for (const std::string_view text : {row.resource, row.ns, row.name}) AppendText(identity, text);
  return identity;
}

std::string NameOf(const LogRow& row) {
  std::string name = std::to_string(row.revision);
  name.insert(0, "revision ").append(" (").append(row.resource).append(" \"").append(row.ns);
  return name.append(row.ns.empty() ? "" : "/").append(row.name).append("\")");
}

}  // namespace noizy::apiserver
