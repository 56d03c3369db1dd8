#include "apiserver/agents/logs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "machinery/os/files.h"

namespace noizy::apiserver {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kUidLength = 36;

std::int64_t FileSize(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

}  // namespace

bool IsUid(std::string_view text) {
  return text.size() == kUidLength &&
         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

Result<std::int64_t> LogStore::Append(const LogKey& key, std::int64_t offset, std::string_view data,
                                      bool end) {
  if (!IsUid(key.uid) || key.attempt < 1 || offset < 0) {
    return BadRequest("a log needs a Task's uid, an attempt and an offset");
  }
  std::int64_t accepted = 0;
  {
    MutexLock lock(mutex_);
    Log& log = Open(key);
    if (offset > log.accepted) return log.accepted;  // a gap: the agent goes back to where we are
    data.remove_prefix(
        std::min<std::size_t>(data.size(), static_cast<std::size_t>(log.accepted - offset)));
    NOIZY_RETURN_IF_ERROR(Write(key, log, data));
    accepted = log.accepted;
  }
  if (end) {
    Conclude(key);
  } else if (!data.empty()) {
    Tell(key);
  }
  return accepted;
}

std::int64_t LogStore::Size(const LogKey& key) {
  if (!IsUid(key.uid)) return 0;
  MutexLock lock(mutex_);
  return Open(key).accepted;
}

std::int64_t LogStore::StoredBytes(const LogKey& key) {
  if (!IsUid(key.uid)) return 0;
  MutexLock lock(mutex_);
  return Open(key).stored;
}

void LogStore::Conclude(const LogKey& key) {
  if (!IsUid(key.uid)) return;
  {
    MutexLock lock(mutex_);
    Log& log = Open(key);
    if (log.ended) return;
    log.ended = true;
    // Lets a reader after our restart know; lost with the disk it does no harm.
    if (log.stored > 0) std::ofstream(PathOf(key, ".end"));
  }
  Tell(key);
}

bool LogStore::HasEnded(const LogKey& key) {
  if (!IsUid(key.uid)) return true;
  MutexLock lock(mutex_);
  return Open(key).ended;
}

std::string LogStore::Read(const LogKey& key, std::int64_t offset, std::size_t max) const {
  if (!IsUid(key.uid)) return {};
  std::ifstream file(PathOf(key, ".log"), std::ios::binary);
  if (!file.seekg(offset)) return {};
  std::string data(max, '\0');
  file.read(data.data(), static_cast<std::streamsize>(max));
  data.resize(static_cast<std::size_t>(file.gcount()));
  return data;
}

void LogStore::Remove(const std::string& uid) {
  if (!IsUid(uid)) return;
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    MutexLock lock(mutex_);
    for (auto log = logs_.lower_bound({uid, 0}); log != logs_.end() && log->first.uid == uid;) {
      log->second.ended = true;
      for (const auto& [id, listener] : log->second.listeners) listeners.push_back(listener);
      // Whoever still listens keeps the entry, to be told of the end.
      log = log->second.listeners.empty() ? logs_.erase(log) : std::next(log);
    }
    if (const Status removed = RemoveTree(folder_ + "/" + uid); !removed.ok()) return;
  }
  for (const auto& listener : listeners) (*listener)();
}

std::vector<std::string> LogStore::Uids() const {
  const auto names = ListFolder(folder_);
  if (!names.ok()) return {};
  std::vector<std::string> uids = *names;
  std::erase_if(uids, [](const std::string& name) { return !IsUid(name); });
  return uids;
}

LogStore::ListenerId LogStore::Listen(const LogKey& key, Listener listener) {
  MutexLock lock(mutex_);
  const ListenerId id = next_listener_++;
  Open(key).listeners.emplace(id, std::make_shared<Listener>(std::move(listener)));
  return id;
}

void LogStore::Unlisten(const LogKey& key, ListenerId id) {
  MutexLock lock(mutex_);
  const auto log = logs_.find(key);
  if (log != logs_.end()) log->second.listeners.erase(id);
}

bool LogStore::IsFollowed(const LogKey& key) const {
  MutexLock lock(mutex_);
  const auto log = logs_.find(key);
  return log != logs_.end() && !log->second.listeners.empty();
}

LogStore::Log& LogStore::Open(const LogKey& key) {
  const auto [entry, is_new] = logs_.try_emplace(key);
  Log& log = entry->second;
  if (is_new) {
    log.stored = FileSize(PathOf(key, ".log"));
    log.accepted = log.stored;
    log.ended = FileExists(PathOf(key, ".end"));
  }
  return log;
}

Status LogStore::Write(const LogKey& key, Log& log, std::string_view data) {
  const auto room = static_cast<std::size_t>(std::max<std::int64_t>(max_bytes_ - log.stored, 0));
  const std::string_view kept = data.substr(0, room);
  if (!kept.empty()) {
    NOIZY_RETURN_IF_ERROR(MakeFolders(folder_ + "/" + key.uid));
    const std::string path = PathOf(key, ".log");
    std::ofstream file(path, std::ios::binary | std::ios::app);
    file.write(kept.data(), static_cast<std::streamsize>(kept.size()));
    file.close();
    if (!file) {
      std::error_code ignored;
      fs::resize_file(path, static_cast<std::uintmax_t>(log.stored), ignored);
      return Unavailable("could not write " + path + ": the disk is full or broken");
    }
  }
  log.stored += static_cast<std::int64_t>(kept.size());
  log.accepted += static_cast<std::int64_t>(data.size());
  return Status::Ok();
}

void LogStore::Tell(const LogKey& key) {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    MutexLock lock(mutex_);
    const auto log = logs_.find(key);
    if (log == logs_.end()) return;
    for (const auto& [id, listener] : log->second.listeners) listeners.push_back(listener);
  }
  for (const auto& listener : listeners) (*listener)();
}

std::string LogStore::PathOf(const LogKey& key, std::string_view suffix) const {
  std::string path = folder_;
  path.append("/").append(key.uid).append("/").append(std::to_string(key.attempt)).append(suffix);
  return path;
}

}  // namespace noizy::apiserver
