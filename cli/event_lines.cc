#include "cli/event_lines.h"

#include "cli/text.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"

namespace noizy::cli {
namespace {

constexpr std::string_view kUnknown = "<unknown>";

}  // namespace

std::string_view LastTime(const Value& event) {
  for (const ValuePath path :
       {ValuePath{"series", "lastObservedTime"}, ValuePath{"lastTimestamp"}, ValuePath{"eventTime"},
        ValuePath{"metadata", "creationTimestamp"}}) {
    if (const std::string_view time = StringAt(event, path); !time.empty()) return time;
  }
  return {};
}

std::string EventSelector(const Target* about) {
  if (about == nullptr) return {};
  std::string selector =
      "involvedObject.kind=" + about->kind.kind + ",involvedObject.name=" + about->name;
  if (!about->ns.empty()) selector += ",involvedObject.namespace=" + about->ns;
  return selector;
}

Result<ObjectList> FetchEvents(Session& session, const std::string& ns, const Target* about) {
  NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session.discovery());
  NOIZY_ASSIGN_OR_RETURN(const ServedKind kind, KindByWord(*discovery, "events"));
  ListQuery query;
  query.field_selector = EventSelector(about);
  NOIZY_ASSIGN_OR_RETURN(ObjectList list, session.client().List(kind.resource, ns, query));
  // Times are whole seconds: within one, the order of the writes tells what came first.
  std::stable_sort(list.items.begin(), list.items.end(), [](const Value& a, const Value& b) {
    return std::pair(LastTime(a), ResourceVersionOf(a).ValueOr(0)) <
           std::pair(LastTime(b), ResourceVersionOf(b).ValueOr(0));
  });
  return list;
}

std::string AgeText(std::string_view time, WallTime now) {
  const Result<WallTime> then = ParseTime(time);
  return then.ok() ? HumanDuration(std::max(Duration::zero(), now - *then)) : std::string(kUnknown);
}

std::string WhenText(const Value& event, WallTime now) {
  std::string text = AgeText(LastTime(event), now);
  const std::int64_t count =
      std::max(IntAt(event, {"count"}).value_or(0), IntAt(event, {"series", "count"}).value_or(0));
  const std::string_view first = StringAt(event, {"firstTimestamp"});
  if (count > 1)
    text +=
        " (x" + std::to_string(count) + (first.empty() ? "" : " over " + AgeText(first, now)) + ")";
  return text;
}

std::string_view SourceOf(const Value& event) {
  const std::string_view component = StringAt(event, {"source", "component"});
  return component.empty() ? StringAt(event, {"reportingComponent"}) : component;
}

std::string ObjectOf(const Value& event) {
  return LowerCase(StringAt(event, {"involvedObject", "kind"})) + "/" +
         std::string(StringAt(event, {"involvedObject", "name"}));
}

}  // namespace noizy::cli
