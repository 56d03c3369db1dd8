// From a backup to a data folder that a grid can start from.
#pragma once

#include <cstdint>
#include <string>

#include "apiserver/backup/backup.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// How far revisions jump at a restore: further than any grid has written since its backup. (10,000
/// writes a second would need three years.)
inline constexpr std::int64_t kRestoreJump = 1'000'000'000'000;

/// A file in the restored folder that says when its backup was made, until the grid has started
/// from it.
inline constexpr char kRestoredMark[] = "restored";

/// What to do with a folder that holds something.
enum class Existing : std::uint8_t { kRefuse, kPutAside };

struct RestoreOutcome {
  /// Where what was in the folder is now; "" when it was empty.
  std::string put_aside;
  /// What the store's revisions go on from.
  std::int64_t revision = 0;
};

/// Makes `data_dir` out of `content`, which UnpackBackup has checked: database, keys, and nothing
/// else. Everything is prepared and checked beside it and then takes its place at one instant, so
/// that a restore that was cut short has changed nothing. Conflict when the folder is not empty and
/// `existing` does not allow it, ServiceUnavailable when a server uses it.
Result<RestoreOutcome> RestoreBackup(const BackupContent& content, const std::string& data_dir,
                                     Existing existing);

}  // namespace noizy::apiserver
