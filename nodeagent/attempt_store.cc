#include "nodeagent/attempt_store.h"

#include <algorithm>

#include "machinery/os/files.h"
#include "machinery/value/json.h"

namespace noizy::nodeagent {
namespace {

constexpr char kRecordFile[] = "/attempt.json";
constexpr std::string_view kTrashPrefix = "trash-";

// A uid becomes a folder's and a control group's name, so it is held to what Kubernetes makes:
// letters, digits and "-".
bool IsPlainName(const std::string& uid) {
  constexpr std::size_t kMaxLength = 64;
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !uid.empty() && uid.size() <= kMaxLength && uid[0] != '-' &&
         std::all_of(uid.begin(), uid.end(), plain);
}

std::string Encode(const AttemptRecord& record) {
  return ToJson(Object{{"namespace", record.ref.namespace_()},
                       {"name", record.ref.name()},
                       {"uid", record.ref.uid()},
                       {"attempt", record.ref.attempt()},
                       {"neverRanReason", record.never_ran_reason},
                       {"neverRanMessage", record.never_ran_message},
                       {"startReported", record.start_reported},
                       {"endReported", record.end_reported},
                       {"fetching", record.fetching}});
}

Result<AttemptRecord> Decode(const std::string& text) {
  NOIZY_ASSIGN_OR_RETURN(const Value root, ParseJson(text));
  AttemptRecord record;
  record.ref.set_namespace_(std::string(StringAt(root, {"namespace"})));
  record.ref.set_name(std::string(StringAt(root, {"name"})));
  record.ref.set_uid(std::string(StringAt(root, {"uid"})));
  record.ref.set_attempt(IntAt(root, {"attempt"}).value_or(0));
  record.never_ran_reason = StringAt(root, {"neverRanReason"});
  record.never_ran_message = StringAt(root, {"neverRanMessage"});
  record.start_reported = BoolAt(root, {"startReported"});
  record.end_reported = BoolAt(root, {"endReported"});
  record.fetching = BoolAt(root, {"fetching"});
  if (!IsPlainName(record.ref.uid())) return BadRequest("the record names no attempt");
  return record;
}

}  // namespace

Result<std::string> AttemptStore::Create(const AttemptRecord& record, Durability durability) const {
  if (!IsPlainName(record.ref.uid()) || record.ref.attempt() < 1) {
    return BadRequest("\"" + record.ref.uid() + "\" is no uid of an attempt");
  }
  const std::string folder =
      folder_ + "/" + record.ref.uid() + "-" + std::to_string(record.ref.attempt());
  if (FileExists(folder + kRecordFile)) return AlreadyExists("attempts", folder);
  NOIZY_RETURN_IF_ERROR(MakeFolders(folder));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(folder + kRecordFile, Encode(record), durability));
  if (durability == Durability::kDurable) NOIZY_RETURN_IF_ERROR(SyncFolder(folder_));
  return folder;
}

Status AttemptStore::Save(const std::string& attempt_folder, const AttemptRecord& record,
                          Durability durability) const {
  return WriteFileAtomically(attempt_folder + kRecordFile, Encode(record), durability);
}

Result<std::vector<std::pair<std::string, AttemptRecord>>> AttemptStore::Load() const {
  NOIZY_RETURN_IF_ERROR(MakeFolders(folder_));
  NOIZY_RETURN_IF_ERROR(SyncFolder(folder_ + "/.."));
  NOIZY_ASSIGN_OR_RETURN(const auto names, ListFolder(folder_));
  std::vector<std::pair<std::string, AttemptRecord>> found;
  for (const std::string& name : names) {
    const std::string folder = folder_ + "/" + name;
    const auto text = ReadFile(folder + kRecordFile);
    auto record = text.ok() ? Decode(*text) : Result<AttemptRecord>(text.status());
    if (name.starts_with(kTrashPrefix) || !record.ok()) {
      (void)RemoveTree(folder);
      continue;
    }
    found.emplace_back(folder, *std::move(record));
  }
  return found;
}

// The rename is what forgets: a removal that stops halfway must not leave a folder that looks like
// a lost task.
Status AttemptStore::Remove(const std::string& attempt_folder) const {
  const std::string name = attempt_folder.substr(attempt_folder.rfind('/') + 1);
  const std::string trash = folder_ + "/" + std::string(kTrashPrefix) + name;
  NOIZY_RETURN_IF_ERROR(RemoveTree(trash));
  NOIZY_RETURN_IF_ERROR(RenameFile(attempt_folder, trash));
  return RemoveTree(trash);
}

}  // namespace noizy::nodeagent
