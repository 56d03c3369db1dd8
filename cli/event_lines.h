// Events, as `events` and `describe` show them.
#pragma once

#include <string>
#include <vector>

#include "cli/targets.h"

namespace noizy::cli {

/// The field selector of the events about an object; "" for those of all.
std::string EventSelector(const Target* about);

/// The events of a namespace ("" for all), oldest first; of one object when `about` is given.
Result<ObjectList> FetchEvents(Session& session, const std::string& ns, const Target* about);

/// When an event was last seen: its fields changed their places over Kubernetes' versions. "" when
/// none says.
std::string_view LastTime(const Value& event);
/// "task/a", what it is about.
std::string ObjectOf(const Value& event);
/// "45s", or "45s (x3 over 5m)" for what happened again and again; "<unknown>" without a time.
std::string WhenText(const Value& event, WallTime now);
/// "scheduler", the reporter.
std::string_view SourceOf(const Value& event);
/// "45s" since an RFC 3339 time; "<unknown>" when it cannot be read.
std::string AgeText(std::string_view time, WallTime now);

}  // namespace noizy::cli
