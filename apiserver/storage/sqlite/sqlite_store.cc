#include "apiserver/storage/sqlite/sqlite_store.h"

#include <utility>

#include "apiserver/storage/sqlite/database.h"
#include "apiserver/storage/sqlite/folder_lock.h"
#include "apiserver/storage/sqlite/log_replay.h"
#include "machinery/base/random.h"

namespace noizy::apiserver {
namespace {

constexpr char kDatabaseFile[] = "/noizy.db";

Result<std::string> ReadOrMakeClusterUid(LogTable& log) {
  NOIZY_ASSIGN_OR_RETURN(std::string uid, log.Setting(kClusterUidSetting));
  if (!uid.empty()) return uid;
  uid = SystemRandom::Instance().Uuid();
  NOIZY_RETURN_IF_ERROR(log.SetSetting(kClusterUidSetting, uid));
  return uid;
}

}  // namespace

SqliteStore::SqliteStore(FileLock lock, std::unique_ptr<MemoryIndex> index, std::string cluster_uid,
                         std::unique_ptr<StoreWriter> writer)
    : lock_(std::move(lock)),
      index_(std::move(index)),
      cluster_uid_(std::move(cluster_uid)),
      writer_(std::move(writer)) {}

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(SqliteOptions options) {
  NOIZY_RETURN_IF_ERROR(MakeFolders(options.folder));
  NOIZY_ASSIGN_OR_RETURN(FileLock lock, LockFolder(options.folder));
  const std::string path = options.folder + kDatabaseFile;
  NOIZY_ASSIGN_OR_RETURN(auto database, Database::Open(path, options.max_pages, options.codec));
  NOIZY_ASSIGN_OR_RETURN(std::string uid, ReadOrMakeClusterUid(database->log()));
  auto index = std::make_unique<MemoryIndex>();
  const Result<std::vector<Wake>> loaded =
      ReplayLog(database->log(), options.attributes, options.clock->Monotonic(), *index);
  if (!loaded.ok()) return loaded.status().WithContext("cannot load " + path);

  NOIZY_RETURN_IF_ERROR(database->Settle());

  WriterOptions writing{options.history, options.queue, std::move(options.attributes),
                        options.clock};
  auto writer = std::make_unique<StoreWriter>(std::move(writing), std::move(database), *index);
  // The constructor is private, so make_unique cannot call it; the pointer owns the object at once.
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(std::move(lock), std::move(index), std::move(uid), std::move(writer)));
}

}  // namespace noizy::apiserver
