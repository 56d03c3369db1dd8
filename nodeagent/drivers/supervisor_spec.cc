#include "nodeagent/drivers/supervisor_spec.h"

#include "machinery/value/json.h"
#include "machinery/value/string_array.h"

namespace noizy::nodeagent {
namespace {

Value EncodeLiveness(const LivenessSpec& liveness) {
  return Object{{"command", StringArray(liveness.command)},
                {"initialDelayNanos", liveness.initial_delay.count()},
                {"periodNanos", liveness.period.count()},
                {"timeoutNanos", liveness.timeout.count()},
                {"failureThreshold", liveness.failure_threshold}};
}

LivenessSpec DecodeLiveness(const Value& root) {
  const auto number = [&](std::string_view member) {
    return IntAt(root, {"liveness", member}).value_or(0);
  };
  return {StringsAt(root, {"liveness", "command"}), Duration(number("initialDelayNanos")),
          Duration(number("periodNanos")), Duration(number("timeoutNanos")),
          static_cast<int>(number("failureThreshold"))};
}

}  // namespace

std::string EncodeSpec(const SupervisorSpec& spec) {
  Object cgroup;
  for (const auto& [hierarchy, folder] : spec.cgroup) cgroup[hierarchy] = folder;
  Object root = {{"argv", StringArray(spec.argv)},
                 {"env", StringArray(spec.env)},
                 {"workingDir", spec.working_dir},
                 {"stdin", spec.stdin_path},
                 {"cgroup", std::move(cgroup)},
                 {"logCapBytes", spec.log_cap_bytes},
                 {"timeoutNanos", spec.timeout.count()},
                 {"graceNanos", spec.grace.count()},
                 {"liveness", EncodeLiveness(spec.liveness)},
                 {"ownProgram", spec.own_program},
                 {"notice", spec.notice}};
  if (spec.lease_until) root["leaseUntilNanos"] = spec.lease_until->time_since_epoch().count();
  return ToJson(std::move(root));
}

Result<SupervisorSpec> DecodeSpec(std::string_view text) {
  NOIZY_ASSIGN_OR_RETURN(const Value root, ParseJson(text));
  SupervisorSpec spec;
  spec.argv = StringsAt(root, {"argv"});
  spec.env = StringsAt(root, {"env"});
  spec.working_dir = StringAt(root, {"workingDir"});
  spec.stdin_path = StringAt(root, {"stdin"});
  if (const Object* cgroup = ObjectAt(root, {"cgroup"})) {
    for (const auto& member : *cgroup) {
      spec.cgroup[std::string(member.key())] = StringAt(member.value(), {});
    }
  }
  spec.log_cap_bytes = IntAt(root, {"logCapBytes"}).value_or(0);
  spec.timeout = Duration(IntAt(root, {"timeoutNanos"}).value_or(0));
  spec.grace = Duration(IntAt(root, {"graceNanos"}).value_or(0));
  spec.liveness = DecodeLiveness(root);
  spec.notice = StringAt(root, {"notice"});
  spec.own_program = BoolAt(root, {"ownProgram"});
  if (const auto until = IntAt(root, {"leaseUntilNanos"})) {
    spec.lease_until = MonotonicTime(Duration(*until));
  }
  if (spec.argv.empty()) return BadRequest("the supervisor was given no command");
  return spec;
}

}  // namespace noizy::nodeagent
