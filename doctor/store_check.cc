#include "doctor/store_check.h"

#include "apiserver/encryption/secret_codec.h"
#include "apiserver/storage/sqlite/database_file.h"
#include "apiserver/storage/sqlite/folder_lock.h"
#include "machinery/os/files.h"
#include "machinery/os/temporary_folder.h"

namespace noizy::doctor {
namespace {

constexpr char kCheck[] = "database";
constexpr char kDatabaseFile[] = "/noizy.db";

Finding Inspect(const std::string& path, const std::string& whose) {
  std::int64_t clear = 0;
  const auto facts = apiserver::InspectDatabase(path, [&clear](const apiserver::LogRow& row) {
    clear += apiserver::ShowsNothing(row) ? 0 : 1;
    return Status::Ok();
  });
  if (!facts.ok()) return {kCheck, Verdict::kFail, facts.status().message()};
  if (clear > 0) {
    return {kCheck, Verdict::kFail, std::to_string(clear) + " rows show Secrets in clear",
            "restart the control plane, which seals them"};
  }
  return {kCheck, Verdict::kOk,
          whose + std::to_string(facts->rows) + " rows match their checksums, revision " +
              std::to_string(facts->revision) + ", Secrets are sealed"};
}

Finding InspectCopy(const CopyMaker& copy) {
  const auto folder = TemporaryFolder::Make();
  Status status = folder.status();
  if (status.ok()) status = copy(folder->path());
  if (status.ok()) return Inspect(folder->path() + kDatabaseFile, "the server's copy is whole: ");
  return {kCheck, Verdict::kWarn, "could not be looked at: " + status.message(),
          "stop the control plane and ask again"};
}

}  // namespace

StoreReport CheckStore(const std::string& store_folder, const CopyMaker& copy) {
  if (!FileExists(store_folder + kDatabaseFile)) {
    return {{kCheck, Verdict::kFail, "there is no " + store_folder + kDatabaseFile,
             "start the control plane, or restore a backup"}};
  }
  const auto lock = apiserver::LockFolder(store_folder);
  if (lock.ok()) return {Inspect(store_folder + kDatabaseFile, "whole: ")};
  if (lock.status().reason() == StatusReason::kServiceUnavailable)
    return {InspectCopy(copy), /*served=*/true};
  return {{kCheck, Verdict::kFail, lock.status().message()}};
}

}  // namespace noizy::doctor
