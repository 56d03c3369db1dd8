// A database file that nobody serves: looking it over, and making it ready for a new life.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "apiserver/storage/log_row.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// What a database holds.
struct DatabaseFacts {
  std::string cluster_uid;
  std::int64_t revision = 0;
  std::int64_t rows = 0;
};

/// Checks all of `path`: SQLite's integrity_check, every row's checksum, what they add up to.
/// Internal when something is wrong, saying what. `visit`, if any, sees each row as it lies on the
/// disk and may stop with an error. No key is needed. A server that has the file makes this fail.
Result<DatabaseFacts> InspectDatabase(const std::string& path,
                                      const std::function<Status(const LogRow&)>& visit = {});

/// Lets revisions go on `by` further, with no history before: what was seen of revisions that this
/// file knows nothing of never comes again, and who asks for what came after them is told to start
/// over (410).
Status RaiseRevision(const std::string& path, std::int64_t by);

}  // namespace noizy::apiserver
