#include "apiserver/resources/list_options.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kMatch = "resourceVersionMatch";
constexpr std::string_view kExact = "Exact";
constexpr std::string_view kNotOlderThan = "NotOlderThan";
constexpr std::string_view kSendInitialEvents = "sendInitialEvents";

class OptionFaults {
 public:
  void Forbid(std::string_view field, std::string_view why) {
    std::string message = "Forbidden: ";
    causes_.push_back({"FieldValueForbidden", message.append(why), std::string(field)});
  }
  void RefuseMatch(std::string_view match, std::string_view supported) {
    std::string message = "Unsupported value: \"";
    message.append(match).append("\": supported values: ").append(supported);
    causes_.push_back({"FieldValueNotSupported", std::move(message), std::string(kMatch)});
  }
  Status Take() {
    return causes_.empty() ? Status::Ok()
                           : Invalid("ListOptions", "meta.k8s.io", "", std::move(causes_));
  }

 private:
  std::vector<StatusCause> causes_;
};

}  // namespace

Status CheckListOptions(const RequestContext& context) {
  OptionFaults faults;
  const std::string_view match = context.Parameter(kMatch);
  const std::string_view revision = context.Parameter("resourceVersion");
  if (!match.empty() && revision.empty())
    faults.Forbid(kMatch, "resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (!match.empty() && !context.Parameter("continue").empty())
    faults.Forbid(kMatch, "resourceVersionMatch is forbidden when continue is provided");
  if (!match.empty() && match != kExact && match != kNotOlderThan)
    faults.RefuseMatch(match, R"("", "Exact", "NotOlderThan")");
  if (match == kExact && revision == "0") {
    faults.Forbid(kMatch, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
  }
  if (!context.Parameter(kSendInitialEvents).empty())
    faults.Forbid(kSendInitialEvents, "sendInitialEvents is forbidden for list");
  return faults.Take();
}

Status CheckWatchOptions(const RequestContext& context) {
  OptionFaults faults;
  const std::string_view match = context.Parameter(kMatch);
  const bool initial_events = !context.Parameter(kSendInitialEvents).empty();
  if (initial_events && match != kNotOlderThan) {
    faults.Forbid(kMatch,
                  "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  if (!initial_events && !match.empty()) {
    faults.Forbid(kMatch,
                  "resourceVersionMatch is forbidden for watch unless sendInitialEvents is "
                  "provided");
  }
  if (!match.empty() && match != kNotOlderThan) faults.RefuseMatch(match, R"("NotOlderThan")");
  if (!match.empty() && !context.Parameter("continue").empty())
    faults.Forbid(kMatch, "resourceVersionMatch is forbidden when continue is provided");
  return faults.Take();
}

Status CheckNotInFuture(std::int64_t revision, const Store& store) {
  const std::int64_t current = store.Revision();
  if (revision <= current) return Status::Ok();
  StatusDetails details;
  details.retry_after_seconds = 1;
  details.causes = {{"ResourceVersionTooLarge", "Too large resource version", ""}};
  return Timeout("Too large resource version: " + std::to_string(revision) +
                 ", current: " + std::to_string(current))
      .WithDetails(std::move(details));
}

}  // namespace noizy::apiserver
