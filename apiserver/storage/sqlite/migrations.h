// The shape of the database file and how older shapes become the newest.
#pragma once

#include "apiserver/storage/sqlite/connection.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// The version this program writes (PRAGMA user_version).
int NewestSchemaVersion();

/// Brings the database to the newest version, one transaction a step. ServiceUnavailable when a
/// newer program wrote it or when it is no database of noizy's.
Status Migrate(Connection& connection);

}  // namespace noizy::apiserver
