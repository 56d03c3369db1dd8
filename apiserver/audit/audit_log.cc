#include "apiserver/audit/audit_log.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "machinery/base/log.h"
#include "machinery/meta/time.h"
#include "machinery/os/files.h"

namespace noizy::apiserver {
namespace {

// The shortest time from one writing to the next. A line that comes alone is written at once; of
// many, those of this span together: to wake a thread for each would cost a request more than its
// line.
constexpr Duration kGather = std::chrono::milliseconds(10);

// "/var/log/audit.log" → {"/var/log", "audit", ".log"}.
struct NameParts {
  std::string folder;
  std::string stem;
  std::string extension;
};

NameParts PartsOf(const std::string& path) {
  const auto slash = path.rfind('/');
  NameParts parts{slash == std::string::npos ? "." : path.substr(0, slash), path.substr(slash + 1),
                  ""};
  const auto dot = parts.stem.rfind('.');
  if (dot != std::string::npos && dot > 0) {
    parts.extension = parts.stem.substr(dot);
    parts.stem.resize(dot);
  }
  return parts;
}

// Names that sort by age, as other loggers of Kubernetes write them.
std::string BackupName(const NameParts& parts, WallTime now) {
  std::string time = FormatMicroTime(now);
  std::ranges::replace(time, ':', '-');
  return parts.stem + "-" + time + parts.extension;
}

// What stands beside the log and is no more than one's own file put aside.
bool IsBackup(const NameParts& parts, const std::string& name) {
  return name.starts_with(parts.stem + "-") && name.ends_with(parts.extension);
}

void RemoveOldest(const NameParts& parts, std::size_t keep) {
  Result<std::vector<std::string>> names = ListFolder(parts.folder);
  if (!names.ok()) return;
  std::erase_if(*names, [&](const std::string& name) { return !IsBackup(parts, name); });
  const std::size_t surplus = names->size() > keep ? names->size() - keep : 0;
  for (std::size_t i = 0; i < surplus; ++i) {
    const Status status = RemoveTree(parts.folder + "/" + (*names)[i]);
    if (!status.ok())
      LogWarning("Could not remove an old audit log", {{"error", status.message()}});
  }
}

}  // namespace

AuditLog::AuditLog(AuditLogOptions options, const Clock& clock, Executor& executor)
    : options_(std::move(options)),
      clock_(clock),
      executor_(executor),
      written_at_(clock.Monotonic() - kGather),
      written_("noizy_apiserver_audit_events_total", "Audit events queued for the log"),
      dropped_("noizy_apiserver_audit_events_dropped_total",
               "Audit events that the log could not take: its queue was full or the disk failed") {}

AuditLog::~AuditLog() {
  Flush();
}

Result<std::unique_ptr<AuditLog>> AuditLog::Open(AuditLogOptions options, const Clock& clock,
                                                 Executor& executor) {
  // Owned at once; make_unique cannot reach the private constructor.
  std::unique_ptr<AuditLog> log(new AuditLog(std::move(options), clock, executor));
  NOIZY_RETURN_IF_ERROR(log->OpenFile());
  return log;
}

Status AuditLog::OpenFile() {
  NOIZY_RETURN_IF_ERROR(MakeFolders(PartsOf(options_.path).folder));
  NOIZY_ASSIGN_OR_RETURN(file_, OpenToAppend(options_.path));
  std::error_code error;
  const auto size = std::filesystem::file_size(options_.path, error);
  file_bytes_ = error ? 0 : static_cast<std::size_t>(size);
  return Status::Ok();
}

void AuditLog::Write(std::string line) {
  line += '\n';
  MutexLock lock(mutex_);
  if (queued_.size() + line.size() > options_.max_queued_bytes) return dropped_.Increment();
  written_.Increment();
  queued_ += line;
  if (std::exchange(scheduled_, true)) return;
  const Duration wait = written_at_ + kGather - clock_.Monotonic();
  executor_.PostAfter(std::max(wait, Duration::zero()), [this] { Flush(); });
}

void AuditLog::Flush() {
  {
    MutexLock lock(mutex_);
    std::swap(writing_, queued_);
    scheduled_ = false;
    written_at_ = clock_.Monotonic();
  }
  if (writing_.empty()) return;
  if (const Status status = Append(writing_); !status.ok()) {
    dropped_.Increment(static_cast<double>(std::ranges::count(writing_, '\n')));
    LogError("Could not write the audit log", {{"error", status.message()}});
  }
  writing_.clear();
}

Status AuditLog::Append(const std::string& lines) {
  const bool full = options_.max_bytes > 0 && file_bytes_ + lines.size() > options_.max_bytes;
  if (full && file_bytes_ > 0) PutAside();
  if (!file_) NOIZY_RETURN_IF_ERROR(OpenFile());
  NOIZY_RETURN_IF_ERROR(WriteAll(file_.get(), lines));
  file_bytes_ += lines.size();
  return Status::Ok();
}

void AuditLog::PutAside() {
  const NameParts parts = PartsOf(options_.path);
  const Status status =
      RenameFile(options_.path, parts.folder + "/" + BackupName(parts, clock_.Now()));
  if (!status.ok()) {
    LogError("Could not put the audit log aside", {{"error", status.message()}});
    return;  // a log that is too long is better than none
  }
  file_.Reset();
  if (options_.max_backups > 0) RemoveOldest(parts, options_.max_backups);
}

}  // namespace noizy::apiserver
