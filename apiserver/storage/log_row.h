// One write as a store lays it down: what says which write it is, and its body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace noizy::apiserver {

/// A row of the log. The views are somebody else's.
struct LogRow {
  std::int64_t revision = 0;
  std::int64_t op = 0;  // WriteOp::Kind
  std::string_view resource;
  std::string_view ns;
  std::string_view name;
  std::int64_t create_revision = 0;
  std::string_view body;
};

/// All columns but the body, such that no two identities give the same bytes; the same on every
/// machine.
std::string IdentityOf(const LogRow& row);
/// revision 7 (secrets "team/db"), for messages.
std::string NameOf(const LogRow& row);

}  // namespace noizy::apiserver
