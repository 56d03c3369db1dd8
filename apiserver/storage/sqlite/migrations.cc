#include "apiserver/storage/sqlite/migrations.h"

#include <cstddef>
#include <iterator>
#include <string>

namespace noizy::apiserver {
namespace {

// PRAGMA application_id, "NOIZ": what file(1) sees, and what keeps us from writing into a
// stranger's database.
constexpr int kApplicationId = 0x4e4f495a;

// Entry n brings version n to n + 1. Never changed once released; only added to.
constexpr const char* kMigrations[] = {
    // The log is the database: a row lives while it is its key's current version, or until a
    // compaction passes the write that
    // superseded it. Objects are found in memory, so the log needs no other index than its
    // revision.
    R"(CREATE TABLE log(
         revision INTEGER PRIMARY KEY,
         op INTEGER NOT NULL,
         resource TEXT NOT NULL,
         ns TEXT NOT NULL,
         name TEXT NOT NULL,
         create_revision INTEGER NOT NULL,
         checksum INTEGER NOT NULL,
         body BLOB NOT NULL
       ) STRICT;
       CREATE TABLE meta(
         name TEXT PRIMARY KEY,
         value TEXT NOT NULL,
         checksum INTEGER NOT NULL
       ) STRICT, WITHOUT ROWID;)",
    // The same tables. From here on bodies may be encoded, which programs before cannot read.
    "",
};

Status Step(Connection& connection, std::size_t version) {
  const Status done =
      connection.Execute("BEGIN IMMEDIATE;" + std::string(kMigrations[version]) +
                         "PRAGMA application_id=" + std::to_string(kApplicationId) +
                         ";PRAGMA user_version=" + std::to_string(version + 1) + ";COMMIT;");
  if (done.ok()) return done;
  // The step's own error is the one to tell.
  const Status ignored = connection.Execute("ROLLBACK");
  static_cast<void>(ignored);
  return done;
}

Status CheckOurs(Connection& connection, std::int64_t version) {
  NOIZY_ASSIGN_OR_RETURN(const std::int64_t id, connection.AskInteger("PRAGMA application_id"));
  NOIZY_ASSIGN_OR_RETURN(const std::int64_t tables,
                         connection.AskInteger("SELECT count(*) FROM sqlite_schema"));
  if (id == kApplicationId || (version == 0 && tables == 0)) return Status::Ok();
  return Unavailable("the database belongs to another program: choose another folder");
}

}  // namespace

int NewestSchemaVersion() {
  return static_cast<int>(std::size(kMigrations));
}

Status Migrate(Connection& connection) {
  NOIZY_ASSIGN_OR_RETURN(std::int64_t version, connection.AskInteger("PRAGMA user_version"));
  NOIZY_RETURN_IF_ERROR(CheckOurs(connection, version));
  if (version < 0 || version > NewestSchemaVersion()) {
    return Unavailable("the database has version " + std::to_string(version) +
                       " and this program knows versions up to " +
                       std::to_string(NewestSchemaVersion()) +
                       ": run the newer noizy that wrote it, or restore a backup made by this one");
  }
  for (; version < NewestSchemaVersion(); ++version) {
    NOIZY_RETURN_IF_ERROR(Step(connection, static_cast<std::size_t>(version)));
  }
  return Status::Ok();
}

}  // namespace noizy::apiserver
