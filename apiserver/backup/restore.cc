#include "apiserver/backup/restore.h"

#include <optional>
#include <utility>

#include "apiserver/storage/sqlite/database_file.h"
#include "apiserver/storage/sqlite/folder_lock.h"
#include "machinery/meta/time.h"
#include "machinery/os/files.h"
#include "machinery/pki/pki.h"

namespace noizy::apiserver {
namespace {

std::string WithoutTrailingSlash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// Held until the folder has been replaced: no server may start in it meanwhile.
Result<std::optional<FileLock>> LockExisting(const std::string& data_dir, Existing existing) {
  std::optional<FileLock> lock;
  if (!FileExists(data_dir)) return lock;
  if (FileExists(data_dir + "/store")) {
    NOIZY_ASSIGN_OR_RETURN(FileLock taken, LockFolder(data_dir + "/store"));
    lock = std::move(taken);
  }
  NOIZY_ASSIGN_OR_RETURN(const auto names, ListFolder(data_dir));
  if (names.empty() || existing == Existing::kPutAside) return lock;
  return Status(StatusReason::kConflict,
                data_dir +
                    " is not empty: choose another folder, or --force to have what is in it "
                    "put aside");
}

Status WriteKey(const std::string& folder, const TarFile& file) {
  const std::string path = folder + "/" + file.name;
  NOIZY_RETURN_IF_ERROR(MakeFolders(FolderOf(path)));
  return WriteFileAtomically(path, file.content);
}

Status Prepare(const BackupContent& content, const std::string& folder) {
  NOIZY_RETURN_IF_ERROR(MakeFolders(folder + "/store"));
  const std::string database = folder + "/store/noizy.db";
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(database, content.database));
  NOIZY_ASSIGN_OR_RETURN(const DatabaseFacts facts, InspectDatabase(database));
  if (facts.cluster_uid != content.manifest.cluster_uid ||
      facts.revision != content.manifest.revision) {
    return BadRequest("the backup's database is not the one that its manifest speaks of");
  }
  NOIZY_RETURN_IF_ERROR(RaiseRevision(database, kRestoreJump));
  NOIZY_RETURN_IF_ERROR(
      WriteFileAtomically(folder + "/" + kRestoredMark, FormatTime(content.manifest.created)));
  if (!content.keys) return Status::Ok();
  for (const TarFile& file : *content.keys) NOIZY_RETURN_IF_ERROR(WriteKey(folder, file));
  return Status::Ok();
}

// Renaming is what makes it one instant. An empty folder is put aside like a full one, and removed.
Result<std::string> TakePlace(const std::string& prepared, const std::string& data_dir,
                              const std::string& mark) {
  std::string aside;
  if (FileExists(data_dir)) {
    aside = data_dir + ".before-restore-" + mark;
    NOIZY_RETURN_IF_ERROR(RenameFile(data_dir, aside));
  }
  NOIZY_RETURN_IF_ERROR(RenameFile(prepared, data_dir));
  NOIZY_RETURN_IF_ERROR(SyncFolder(FolderOf(data_dir)));
  if (aside.empty()) return aside;
  NOIZY_ASSIGN_OR_RETURN(const auto names, ListFolder(aside));
  if (!names.empty()) return aside;
  NOIZY_RETURN_IF_ERROR(RemoveTree(aside));
  return std::string();
}

}  // namespace

Result<RestoreOutcome> RestoreBackup(const BackupContent& content, const std::string& data_dir,
                                     Existing existing) {
  const std::string target = WithoutTrailingSlash(data_dir);
  NOIZY_ASSIGN_OR_RETURN(const std::optional<FileLock> lock, LockExisting(target, existing));
  const std::string mark = RandomHex(4);
  const std::string prepared = target + ".restoring-" + mark;
  if (const Status status = Prepare(content, prepared); !status.ok()) {
    // The restore's own error is the one to tell.
    (void)RemoveTree(prepared);
    return status;
  }
  RestoreOutcome outcome;
  NOIZY_ASSIGN_OR_RETURN(outcome.put_aside, TakePlace(prepared, target, mark));
  outcome.revision = content.manifest.revision + kRestoreJump;
  return outcome;
}

}  // namespace noizy::apiserver
