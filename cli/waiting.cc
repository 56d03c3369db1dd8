#include "cli/waiting.h"

namespace noizy::cli {
namespace {

std::string NameSelector(const Target& target) {
  return "metadata.name=" + target.name;
}

std::string WatchPathOf(const Target& target, const std::string& resource_version) {
  std::string query = "watch=true&allowWatchBookmarks=true";
  AddParameter(query, "fieldSelector", NameSelector(target));
  AddParameter(query, "resourceVersion", resource_version);
  return WithQuery(target.kind.resource.Path(target.ns, ""), query);
}

/// One list and one watch from it. True when `done` was satisfied; false when the watch ended
/// before, to be begun anew.
Result<bool> WaitOnce(Session& session, const Target& target, const std::function<bool()>& stop,
                      const std::function<bool(const Value*)>& done) {
  ListQuery query;
  query.field_selector = NameSelector(target);
  NOIZY_ASSIGN_OR_RETURN(const ObjectList list,
                         session.client().List(target.kind.resource, target.ns, query));
  if (done(list.items.empty() ? nullptr : &list.items.front())) return true;
  bool satisfied = false;
  const WatchFeed feed{.on_event =
                           [&](std::string_view type, const Value& object) {
                             if (type == "BOOKMARK") return true;
                             satisfied = done(type == "DELETED" ? nullptr : &object);
                             return !satisfied;
                           },
                       .cancelled = stop};
  const Status watched =
      WatchPath(session, WatchPathOf(target, list.resource_version), "application/json", feed);
  const bool outdated =
      watched.reason() == StatusReason::kExpired || watched.reason() == StatusReason::kGone;
  if (!watched.ok() && !outdated) return watched;
  return satisfied;
}

}  // namespace

bool WaitLimits::Reached(const Clock& clock) const {
  return (deadline && clock.Monotonic() >= *deadline) || (interrupted && interrupted());
}

Status WaitForObject(Invocation& invocation, const Target& target, const WaitLimits& limits,
                     const std::function<bool(const Value* object)>& done) {
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const Clock& clock = invocation.environment().clock;
  bool reached = false;
  // An interrupt is told of once, so what was seen is kept.
  const auto stop = [&] { return reached = reached || limits.Reached(clock); };
  do {
    NOIZY_ASSIGN_OR_RETURN(const bool satisfied, WaitOnce(*session, target, stop, done));
    if (satisfied) return Status::Ok();
  } while (!stop());
  return Timeout("timed out waiting for " + target.Shown());
}

}  // namespace noizy::cli
