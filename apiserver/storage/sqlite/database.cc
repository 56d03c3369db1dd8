#include "apiserver/storage/sqlite/database.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "apiserver/storage/sqlite/migrations.h"
#include "machinery/os/files.h"

namespace noizy::apiserver {
namespace {

// In this order. Locking is exclusive before the file is first touched, so that the write-ahead
// log's index lives in our memory and no second connection, whoever's, can reset the log under us.
constexpr const char* kPragmas[] = {
    "PRAGMA locking_mode=EXCLUSIVE",
    // Three or four objects of 2 kB fit on a page of 8 KiB; on one of 4 KiB, one.
    "PRAGMA page_size=8192",
    "PRAGMA journal_mode=WAL",
    // An acknowledged write survives a power cut. On macOS fsync alone leaves it in the drive's
    // cache.
    "PRAGMA synchronous=FULL",
    "PRAGMA fullfsync=ON",
    "PRAGMA checkpoint_fullfsync=ON",
    // Small and often: measured, 300 pages cost no throughput and halve the 99th percentile of
    // 1,000.
    "PRAGMA wal_autocheckpoint=300",
    // What one huge batch made the write-ahead log grow to is given back.
    "PRAGMA journal_size_limit=16777216",
    // Rows are appended at one end and erased at the other: a large cache would be memory for
    // nothing.
    "PRAGMA cache_size=-2048",
    "PRAGMA temp_store=MEMORY",
    // Erased Secrets leave no bytes behind.
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
};

// Commits between two digests where compaction does not write one anyway: a page less for each of
// the others.
constexpr std::uint64_t kDigestEvery = 256;

constexpr char kProbeSetting[] = "probe";
// "due" from the commit that encoded rows again until nothing is left of what they were.
constexpr char kWipeSetting[] = "wipe";

// SQLite would make the file readable for others; its write-ahead log inherits the file's mode.
Status MakePrivateFile(const std::string& path) {
  if (FileExists(path)) return RequirePrivate(path);
  return WriteFileAtomically(path, "");
}

Status Configure(Connection& connection, std::int64_t max_pages) {
  for (const char* pragma : kPragmas) NOIZY_RETURN_IF_ERROR(connection.Execute(pragma));
  NOIZY_ASSIGN_OR_RETURN(const std::string mode, connection.Ask("PRAGMA journal_mode"));
  if (mode != "wal")
    return Unavailable("the file system does not support SQLite's write-ahead log");
  if (max_pages == 0) return Status::Ok();
  return connection.Execute("PRAGMA max_page_count=" + std::to_string(max_pages));
}

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(std::string path, std::int64_t max_pages,
                                                 std::shared_ptr<BodyCodec> codec) {
  // The constructor is private, so make_unique cannot call it; the pointer owns the object at once.
  auto database =
      std::unique_ptr<Database>(new Database(std::move(path), max_pages, std::move(codec)));
  NOIZY_RETURN_IF_ERROR(MakePrivateFile(database->path_));
  NOIZY_RETURN_IF_ERROR(database->Connect());
  return database;
}

Database::~Database() {
  if (!session_ || must_reopen_ || !session_->log.DigestIsOld()) return;
  // At best: without it the next start checks the rows up to the digest before.
  LogTable& log = session_->log;
  Status status = log.Begin();
  if (status.ok()) status = log.SaveDigest();
  if (status.ok()) status = log.Commit();
  if (!status.ok()) log.Rollback();
}

Status Database::Connect() {
  NOIZY_ASSIGN_OR_RETURN(Connection connection, Connection::Open(path_));
  NOIZY_RETURN_IF_ERROR(Configure(connection, max_pages_));
  NOIZY_RETURN_IF_ERROR(Migrate(connection).WithContext(path_));
  NOIZY_ASSIGN_OR_RETURN(LogTable log, LogTable::Prepare(connection, codec_));
  session_.emplace(Session{std::move(connection), std::move(log)});
  return Status::Ok();
}

Status Database::Commit(const std::vector<StoreEventPtr>& events,
                        const std::vector<StoreEventPtr>& forgotten) {
  const Status written = Write(events, forgotten);
  return written.ok() ? written : Fail(written);
}

Status Database::Write(const std::vector<StoreEventPtr>& events,
                       const std::vector<StoreEventPtr>& forgotten) {
  LogTable& log = session_->log;
  NOIZY_RETURN_IF_ERROR(log.Begin());
  for (const StoreEventPtr& event : events) {
    NOIZY_RETURN_IF_ERROR(log.Insert(event->kind, *event->object));
  }
  for (const StoreEventPtr& event : forgotten) {
    // Only puts are superseded; a deletion supersedes itself.
    const StoreEvent& old = *event;
    if (old.previous != nullptr) NOIZY_RETURN_IF_ERROR(log.Erase(old.previous->revision));
    if (old.kind == WriteOp::Kind::kDelete) NOIZY_RETURN_IF_ERROR(log.Erase(old.object->revision));
  }
  if (!forgotten.empty()) {
    NOIZY_RETURN_IF_ERROR(log.SetCompactedRevision(forgotten.back()->object->revision));
  }
  const bool due = ++commits_ % kDigestEvery == 0;
  if (due || !forgotten.empty()) NOIZY_RETURN_IF_ERROR(log.SaveDigest());
  return log.Commit();
}

Status Database::Fail(Status error) {
  // A full disk stops a transaction before its commit record is written: it is gone for certain,
  // and the next may fit. After any other error the record may already lie in the write-ahead log
  // without being flushed, and the next start would replay it. What happened is known only by
  // replaying now; and a flush that failed once may report success the second time without having
  // flushed (the kernel drops the pages it could not write), so that nothing may be acknowledged on
  // top of it.
  must_reopen_ = !session_->connection.LastErrorWasFull();
  session_->log.Rollback();
  return error;
}

Status Database::Reopen() {
  must_reopen_ = true;
  session_.reset();
  NOIZY_RETURN_IF_ERROR(Connect());
  // Copies whatever was replayed into the database file and flushes that: from here on it is
  // durable, first flush or not.
  NOIZY_RETURN_IF_ERROR(session_->connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  must_reopen_ = false;
  return Status::Ok();
}

Status Database::Settle() {
  if (codec_ == nullptr) return Status::Ok();
  NOIZY_RETURN_IF_ERROR(codec_->Prepare());
  LogTable& log = session_->log;
  NOIZY_RETURN_IF_ERROR(log.Begin());
  if (const Status status = EncodeAgain(); !status.ok()) {
    log.Rollback();
    return status;
  }
  NOIZY_RETURN_IF_ERROR(log.Commit());
  NOIZY_ASSIGN_OR_RETURN(const std::string wipe, log.Setting(kWipeSetting));
  if (!wipe.empty()) NOIZY_RETURN_IF_ERROR(Wipe());
  return codec_->Settled();
}

Status Database::EncodeAgain() {
  LogTable& log = session_->log;
  NOIZY_ASSIGN_OR_RETURN(const std::size_t rows, log.EncodeAgain());
  if (rows == 0) return Status::Ok();
  NOIZY_RETURN_IF_ERROR(log.SaveDigest());
  return log.SetSetting(kWipeSetting, "due");
}

Status Database::Wipe() {
  // What was erased is zeroes by secure_delete, but for what moving cells about has left in a
  // page's gaps: the file is written anew. Then the write-ahead log goes, which holds the old
  // pages.
  for (const char* step : {"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"}) {
    NOIZY_RETURN_IF_ERROR(session_->connection.Execute(step));
  }
  return session_->log.SetSetting(kWipeSetting, "");
}

Status Database::CopyTo(const std::string& path) {
  // An older digest would fit, too, but say less about the newest rows.
  NOIZY_RETURN_IF_ERROR(session_->log.SaveDigest());
  // SQLite would make the file readable for others; an empty one it fills.
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(path, "", Durability::kAtomic));
  NOIZY_ASSIGN_OR_RETURN(Statement copy, session_->connection.Prepare("VACUUM INTO ?1"));
  copy.Bind(1, path);
  return copy.Run();
}

Result<std::int64_t> Database::HighestRevision() {
  NOIZY_ASSIGN_OR_RETURN(const std::int64_t row, session_->log.HighestRevision());
  NOIZY_ASSIGN_OR_RETURN(const std::int64_t compacted, session_->log.CompactedRevision());
  return std::max({row, compacted, kFirstRevision});
}

Status Database::Probe() {
  LogTable& log = session_->log;
  Status status = log.Begin();
  if (status.ok()) status = log.SetSetting(kProbeSetting, "");
  if (status.ok()) status = log.Commit();
  return status.ok() ? status : Fail(status);
}

std::uint64_t Database::SizeBytes() const {
  std::uint64_t bytes = 0;
  for (const std::string& path : {path_, path_ + "-wal"}) {
    std::error_code missing;
    const std::uintmax_t size = std::filesystem::file_size(path, missing);
    if (!missing) bytes += size;
  }
  return bytes;
}

}  // namespace noizy::apiserver
