// The tables of the database as operations: every SQL statement that runs after start-up is here,
// named and prepared once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/storage/body_codec.h"
#include "apiserver/storage/sqlite/connection.h"
#include "apiserver/storage/sqlite/log_digest.h"
#include "apiserver/storage/sqlite/row_checksum.h"
#include "apiserver/storage/store.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// The cluster's name for life, in the meta table.
inline constexpr char kClusterUidSetting[] = "cluster_uid";

/// Used by one thread at a time; ends before its connection. Errors are the connection's.
class LogTable {
 public:
  /// Bodies pass through `codec` where it covers them; without one, rows are read and written as
  /// they are.
  static Result<LogTable> Prepare(Connection& connection, std::shared_ptr<BodyCodec> codec = {});

  Status Begin();
  /// Durable when it returns Ok.
  Status Commit();
  /// Undoes the open transaction; harmless when SQLite has done so already.
  void Rollback();

  Status Insert(WriteOp::Kind kind, const StoredObject& object);
  /// Erases the row of `revision`.
  Status Erase(std::int64_t revision);
  /// Encodes again the rows that Read saw and whose bodies are not current, and says how many.
  Result<std::size_t> EncodeAgain();
  /// Writes down what the rows add up to; to be called in each transaction that erases, and now and
  /// then besides.
  Status SaveDigest();
  /// True when rows were written since the digest was.
  bool DigestIsOld() const { return digest_ != saved_digest_; }

  /// Calls `visit` with every row in order; the views in it last for the call. Stops at its first
  /// error. Internal when a row does not match its checksum or rows are missing. To be called once
  /// before the first transaction.
  Status Read(const std::function<Status(const LogRow&)>& visit);
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

  static LogRow RowAt(const Statement& statement);
  Status InsertRow(const LogRow& row);
  Result<bool> EncodeRowAgain(std::int64_t revision);
  Status Replace(const LogRow& clear, std::int64_t old_checksum);
  Status ReadRow(const std::function<Status(const LogRow&)>& visit);
  Status CheckDigest(const LogDigest& expected) const;

  Statement begin_;
  Statement commit_;
  Statement rollback_;
  Statement insert_;
  Statement erase_;
  Statement read_;
  Statement read_one_;
  Statement replace_;
  Statement highest_;
  Statement setting_;
  Statement set_setting_;

  std::shared_ptr<BodyCodec> codec_;
  // Rows that Read saw and the codec covers.
  std::vector<std::int64_t> covered_;

  LogDigest digest_;
  LogDigest saved_digest_;
  // Before the open transaction.
  LogDigest committed_digest_;
  LogDigest committed_saved_digest_;
};

}  // namespace noizy::apiserver
