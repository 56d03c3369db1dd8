#include "apiserver/storage/sqlite/database_file.h"

#include <map>
#include <utility>
#include <vector>

#include "apiserver/storage/sqlite/database.h"

namespace noizy::apiserver {
namespace {

Status CheckIntegrity(const std::string& path) {
  NOIZY_ASSIGN_OR_RETURN(Connection connection, Connection::Open(path));
  NOIZY_ASSIGN_OR_RETURN(const std::string verdict, connection.Ask("PRAGMA integrity_check"));
  if (verdict == "ok") return Status::Ok();
  return Internal("SQLite says of its file: " + verdict + ". Restore the latest backup")
      .WithContext(path);
}

// The rows that are nobody's current version: superseded ones, and deletions.
class HistoryRows {
 public:
  void Visit(const LogRow& row) {
    StoreKey key{std::string(row.resource), std::string(row.ns), std::string(row.name)};
    std::int64_t& current = current_[std::move(key)];
    if (current != 0) rows_.push_back(current);
    const bool deleted = row.op == static_cast<std::int64_t>(WriteOp::Kind::kDelete);
    if (deleted) rows_.push_back(row.revision);
    current = deleted ? 0 : row.revision;
  }
  const std::vector<std::int64_t>& rows() const { return rows_; }

 private:
  std::map<StoreKey, std::int64_t> current_;
  std::vector<std::int64_t> rows_;
};

Status Forget(LogTable& log, const std::vector<std::int64_t>& rows, std::int64_t compacted) {
  NOIZY_RETURN_IF_ERROR(log.Begin());
  for (const std::int64_t revision : rows) NOIZY_RETURN_IF_ERROR(log.Erase(revision));
  NOIZY_RETURN_IF_ERROR(log.SetCompactedRevision(compacted));
  NOIZY_RETURN_IF_ERROR(log.SaveDigest());
  return log.Commit();
}

}  // namespace

Result<DatabaseFacts> InspectDatabase(const std::string& path,
                                      const std::function<Status(const LogRow&)>& visit) {
  NOIZY_RETURN_IF_ERROR(CheckIntegrity(path));
  NOIZY_ASSIGN_OR_RETURN(const auto database, Database::Open(path));
  DatabaseFacts facts;
  const Status read = database->log().Read([&](const LogRow& row) {
    ++facts.rows;
    return visit ? visit(row) : Status::Ok();
  });
  if (!read.ok()) return read.WithContext(path);
  NOIZY_ASSIGN_OR_RETURN(facts.cluster_uid, database->log().Setting(kClusterUidSetting));
  NOIZY_ASSIGN_OR_RETURN(facts.revision, database->HighestRevision());
  return facts;
}

Status RaiseRevision(const std::string& path, std::int64_t by) {
  NOIZY_ASSIGN_OR_RETURN(const auto database, Database::Open(path));
  HistoryRows history;
  NOIZY_RETURN_IF_ERROR(database->log().Read([&history](const LogRow& row) {
    history.Visit(row);
    return Status::Ok();
  }));
  NOIZY_ASSIGN_OR_RETURN(const std::int64_t highest, database->HighestRevision());
  return Forget(database->log(), history.rows(), highest + by);
}

}  // namespace noizy::apiserver
