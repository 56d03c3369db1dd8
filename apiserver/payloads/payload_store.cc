#include "apiserver/payloads/payload_store.h"

#include <algorithm>
#include <vector>

#include "machinery/base/log.h"
#include "machinery/os/files.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kUploadPrefix = "upload-";
constexpr std::string_view kTrashPrefix = "trash-";

bool IsDigest(std::string_view name) {
  constexpr std::size_t kHexDigits = 64;
  return name.size() == kHexDigits &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string Numbered(std::string_view prefix, std::int64_t number) {
  std::string name(prefix);
  name += std::to_string(number);
  return name;
}

void LogFailure(std::string_view what, const Status& status) {
  LogError(std::string(what), {{"error", status.ToString()}});
}

}  // namespace

Status PayloadStore::Open() {
  NOIZY_RETURN_IF_ERROR(MakeFolders(folder_));
  NOIZY_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListFolder(folder_));
  for (const std::string& name : names) {
    if (name.starts_with(kUploadPrefix) || name.starts_with(kTrashPrefix))
      NOIZY_RETURN_IF_ERROR(RemoveTree(PathOf(name)));
  }
  return Status::Ok();
}

Result<std::unique_ptr<PayloadUpload>> PayloadStore::Begin(const std::string& owner) {
  std::string name;
  {
    const MutexLock lock(mutex_);
    int& uploads = owners_[owner];
    if (uploads >= kMaxUploadsPerOwner) {
      return Status(StatusReason::kTooManyRequests,
                    "you are streaming " + std::to_string(uploads) +
                        " payloads at a time already; end one first");
    }
    ++uploads;
    name = Numbered(kUploadPrefix, ++names_);
  }
  auto file = DigestedFile::Create(PathOf(name));
  if (!file.ok()) {
    EndUpload(owner, "");
    return file.status().WithContext("the control plane cannot keep the payload");
  }
  return std::make_unique<PayloadUpload>(*this, owner, std::move(name), *std::move(file));
}

Result<std::string> PayloadStore::Read(const std::string& sha256, std::int64_t offset,
                                       std::size_t max_bytes) const {
  // A name that is none could lead out of the folder.
  if (!IsDigest(sha256)) return BadRequest("\"" + sha256 + "\" is no SHA-256");
  return ReadFileAt(PathOf(sha256), offset, max_bytes);
}

void PayloadStore::Refer(const std::string& sha256, const std::string& uid) {
  const MutexLock lock(mutex_);
  kept_[sha256].tasks.insert(uid);
}

void PayloadStore::Forget(const std::string& sha256, const std::string& uid) {
  const MutexLock lock(mutex_);
  Kept& kept = kept_[sha256];
  kept.tasks.erase(uid);
  if (kept.uploads > 0) kept.gone.insert(uid);
  RemoveIfUnused(sha256);
}

void PayloadStore::Sweep() {
  const auto names = ListFolder(folder_);
  const MutexLock lock(mutex_);
  swept_ = true;
  if (!names.ok()) return LogFailure("Failed to look for payloads without a Task", names.status());
  for (const std::string& name : *names) {
    if (IsDigest(name)) RemoveIfUnused(name);
  }
}

// The rename is what removes it; the file's blocks, of which there may be many, are freed
// elsewhere.
void PayloadStore::RemoveIfUnused(const std::string& sha256) {
  const auto kept = kept_.find(sha256);
  const bool used =
      kept != kept_.end() && (kept->second.uploads > 0 || !kept->second.tasks.empty());
  if (used || !swept_) return;
  if (kept != kept_.end()) kept_.erase(kept);
  const std::string trash = PathOf(Numbered(kTrashPrefix, ++names_));
  const Status renamed = RenameFile(PathOf(sha256), trash);
  if (renamed.ok()) return remove_(trash);
  if (renamed.reason() != StatusReason::kNotFound)
    LogFailure("Failed to remove a payload", renamed);
}

// Held from here on; what was there under that name, of an equal upload, has the same bytes.
Result<PayloadName> PayloadStore::Publish(const std::string& upload, PayloadName name) {
  {
    const MutexLock lock(mutex_);
    NOIZY_RETURN_IF_ERROR(RenameFile(PathOf(upload), PathOf(name.sha256)));
    ++kept_[name.sha256].uploads;
  }
  return name;
}

// `uid` is empty when no Task was made.
void PayloadStore::Settle(const std::string& sha256, const std::string& uid) {
  const MutexLock lock(mutex_);
  Kept& kept = kept_[sha256];
  if (!uid.empty() && kept.gone.erase(uid) == 0) kept.tasks.insert(uid);
  if (--kept.uploads == 0) kept.gone.clear();
  RemoveIfUnused(sha256);
}

void PayloadStore::EndUpload(const std::string& owner, const std::string& upload) {
  {
    const MutexLock lock(mutex_);
    const auto uploads = owners_.find(owner);
    if (--uploads->second == 0) owners_.erase(uploads);
  }
  if (!upload.empty()) remove_(PathOf(upload));
}

PayloadUpload::~PayloadUpload() {
  if (!held_.empty()) store_.Settle(held_, "");
  store_.EndUpload(owner_, name_);
}

Status PayloadUpload::Append(std::string_view bytes) {
  if (file_.size() + static_cast<std::int64_t>(bytes.size()) > store_.max_bytes_) {
    return {StatusReason::kRequestEntityTooLarge,
            "data: the payload is larger than " + std::to_string(store_.max_bytes_) +
                " bytes, the most that this control plane takes (its --max-payload-size)"};
  }
  return file_.Append(bytes).WithContext("the control plane cannot keep the payload");
}

Result<PayloadName> PayloadUpload::Finish() {
  auto digest = file_.Finish();
  if (!digest.ok()) return digest.status().WithContext("the control plane cannot keep the payload");
  NOIZY_ASSIGN_OR_RETURN(PayloadName name, store_.Publish(name_, {*digest, file_.size()}));
  held_ = name.sha256;
  NOIZY_RETURN_IF_ERROR(SyncFolder(store_.folder_));
  return name;
}

void PayloadUpload::Commit(const std::string& uid) {
  store_.Settle(std::exchange(held_, ""), uid);
}

}  // namespace noizy::apiserver
