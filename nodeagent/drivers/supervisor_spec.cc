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

Value EncodeConfinement(const Confinement& confinement) {
  Array groups;
  for (const gid_t group : confinement.user.groups) groups.emplace_back(group);
  return Object{{"userName", confinement.user.name},
                {"user", confinement.user.id},
                {"group", confinement.user.group},
                {"groups", std::move(groups)},
                {"hidden", confinement.hidden},
                {"shown", StringArray(confinement.shown)},
                {"maxProcesses", confinement.max_processes}};
}

Confinement DecodeConfinement(const Value& root) {
  const auto number = [&](std::string_view member) { return IntAt(root, {member}).value_or(0); };
  Confinement confinement;
  confinement.user.name = StringAt(root, {"userName"});
  confinement.user.id = static_cast<uid_t>(number("user"));
  confinement.user.group = static_cast<gid_t>(number("group"));
  if (const Array* groups = ArrayAt(root, {"groups"})) {
    for (const Value& group : *groups)
      confinement.user.groups.push_back(static_cast<gid_t>(IntAt(group, {}).value_or(0)));
  }
  confinement.hidden = StringAt(root, {"hidden"});
  confinement.shown = StringsAt(root, {"shown"});
  confinement.max_processes = number("maxProcesses");
  return confinement;
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
  if (spec.confinement) root["confinement"] = EncodeConfinement(*spec.confinement);
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
  if (const Value* confinement = Find(root, {"confinement"}))
    spec.confinement = DecodeConfinement(*confinement);
  if (spec.argv.empty()) return BadRequest("the supervisor was given no command");
  return spec;
}

}  // namespace noizy::nodeagent
