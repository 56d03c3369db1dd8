// The database: what SQLite, every row's checksum and the rows' sum say of it.
#pragma once

#include <functional>
#include <string>

#include "doctor/finding.h"
#include "machinery/base/status.h"

namespace noizy::doctor {

/// Gets a copy of the rows of a database that a server has open into a folder, as "noizy.db".
using CopyMaker = std::function<Status(const std::string& folder)>;

struct StoreReport {
  Finding finding;
  /// A server has the folder: ports should be open.
  bool served = false;
};

/// Looks over `store_folder`/noizy.db while nobody serves it; otherwise a copy of it.
StoreReport CheckStore(const std::string& store_folder, const CopyMaker& copy);

}  // namespace noizy::doctor
