// Objects and server-side Tables, fetched and watched for `get`.
#pragma once

#include <ostream>
#include <vector>

#include "cli/printer.h"
#include "cli/table.h"
#include "cli/targets.h"

namespace noizy::cli {

/// What a Table's rows hold beside their cells.
enum class RowObjects : std::uint8_t { kMetadata, kWhole };

/// The Table of a target: all pages of a list in one. A server that renders no Tables gets one made
/// here, of names and ages.
Result<Value> FetchTable(Session& session, const Target& target, const ListQuery& query,
                         RowObjects objects = RowObjects::kMetadata);
bool TableIsEmpty(const Value& table);

/// The target's objects, all pages.
Result<std::vector<Value>> FetchObjects(Session& session, const Target& target,
                                        const ListQuery& query);

struct WatchOptions {
  ListQuery query;
  OutputFormat format;
  TableView view;
  bool only_changes = false;
  bool tell_events = false;
  bool keep_managed_fields = false;
};

/// Prints what there is, and then every change as it comes, until the program is ended. Watches
/// that the server ends are begun anew.
Status WatchTarget(Session& session, const Target& target, const WatchOptions& options,
                   std::ostream& out);

}  // namespace noizy::cli
