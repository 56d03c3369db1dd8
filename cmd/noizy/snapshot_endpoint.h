// GET /noizy/v1/store: a copy of the database, in which Secrets are sealed; for backups and
// doctors. Keys never pass here.
#pragma once

#include <string>

#include "apiserver/resources/request.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "machinery/base/executor.h"

namespace noizy {

/// Thread-safe. For administrators: the filter chain lets nobody else through.
class SnapshotEndpoint {
 public:
  /// Copies are made in `folder`, and removed once they are read. The executor is for what blocks.
  SnapshotEndpoint(apiserver::SqliteStore& store, Executor& executor, std::string folder)
      : store_(store), executor_(executor), folder_(std::move(folder)) {}
  void Handle(const apiserver::RequestPtr& request);

 private:
  Result<std::string> Copy() const;

  apiserver::SqliteStore& store_;
  Executor& executor_;
  const std::string folder_;
};

}  // namespace noizy
