// The audit log's file: JSON lines, written apart from the requests they tell of.
//
// A request only queues its line; many are written together, every 10 ms at most, so that what a
// killed server did last may be missing. When the disk is slower than the requests, the queue fills
// up to its bound and further lines are dropped and counted: an audit log must not stop the grid.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/metrics.h"
#include "machinery/base/mutex.h"
#include "machinery/os/fd.h"

namespace noizy::apiserver {

struct AuditLogOptions {
  std::string path;
  /// The file is put aside when it has this size; 0: never.
  std::size_t max_bytes = std::size_t{100} << 20;
  /// How many files put aside are kept; 0: all.
  std::size_t max_backups = 10;
  /// Lines that may wait for the disk, in bytes.
  std::size_t max_queued_bytes = std::size_t{4} << 20;
};

/// Thread-safe. The executor's functions block on the disk; it must be stopped before this goes.
class AuditLog {
 public:
  /// Opens the file at once, so that a wrong path is an error at start.
  static Result<std::unique_ptr<AuditLog>> Open(AuditLogOptions options, const Clock& clock,
                                                Executor& executor);
  /// Writes what is still queued.
  ~AuditLog();
  /// `line` without its newline.
  void Write(std::string line);

 private:
  AuditLog(AuditLogOptions options, const Clock& clock, Executor& executor);
  void Flush();
  Status OpenFile();
  Status Append(const std::string& lines);
  void PutAside();

  const AuditLogOptions options_;
  const Clock& clock_;
  Executor& executor_;
  // The executor's own.
  UniqueFd file_;
  std::size_t file_bytes_ = 0;
  // Changes places with queued_, so that neither grows anew for every write.
  std::string writing_;

  Mutex mutex_;
  std::string queued_ NOIZY_GUARDED_BY(mutex_);
  bool scheduled_ NOIZY_GUARDED_BY(mutex_) = false;
  MonotonicTime written_at_ NOIZY_GUARDED_BY(mutex_);
  Counter written_;
  Counter dropped_;
};

}  // namespace noizy::apiserver
