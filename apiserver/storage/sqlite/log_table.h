// The tables of the database as operations: every SQL statement that runs after start-up is here,
// named and prepared once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "apiserver/storage/sqlite/connection.h"
#include "apiserver/storage/sqlite/row_checksum.h"
#include "apiserver/storage/store.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// The cluster's name for life, in the meta table.
inline constexpr char kClusterUidSetting[] = "cluster_uid";

/// Used by one thread at a time; ends before its connection. Errors are the connection's.
class LogTable {
 public:
  static Result<LogTable> Prepare(Connection& connection);

  Status Begin() { return begin_.Run(); }
  /// Durable when it returns Ok.
  Status Commit() { return commit_.Run(); }
  /// Undoes the open transaction; harmless when SQLite has done so already.
  void Rollback();

  Status Insert(const StoreEvent& event);
  Status Erase(std::int64_t revision);

  /// Calls `visit` with every row above `after`, in order; the views in it last for the call. Stops
  /// at its first error. Internal when a row does not match its checksum.
  Status Read(std::int64_t after, const std::function<Status(const LogRow&)>& visit);
  /// 0 for an empty log.
  Result<std::int64_t> HighestRevision();

  /// "" when it was never set. Internal when it does not match its checksum.
  Result<std::string> Setting(std::string_view name);
  Status SetSetting(std::string_view name, std::string_view value);
  /// The revision up to which history was forgotten; 0: never.
  Result<std::int64_t> CompactedRevision();
  Status SetCompactedRevision(std::int64_t revision);

 private:
  LogTable() = default;

  Statement begin_;
  Statement commit_;
  Statement rollback_;
  Statement insert_;
  Statement erase_;
  Statement read_;
  Statement highest_;
  Statement setting_;
  Statement set_setting_;
};

}  // namespace noizy::apiserver
