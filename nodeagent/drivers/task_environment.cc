#include "nodeagent/drivers/task_environment.h"

#include <map>

#include "machinery/os/files.h"
#include "nodeagent/drivers/shell.h"

namespace noizy::nodeagent {
namespace {

constexpr std::string_view kNul("\0", 1);

Status CheckEnvVar(const v1::EnvVar& variable) {
  const std::string& name = variable.name();
  if (name.empty() || name.find('=') != std::string::npos || name.find(kNul) != std::string::npos) {
    return BadRequest("env: \"" + name + "\" is no name for a variable");
  }
  if (variable.value().find(kNul) != std::string::npos) {
    return BadRequest("env: the value of \"" + name + "\" holds a zero byte");
  }
  return Status::Ok();
}

Result<std::vector<std::string>> ExecCommand(const v1::Exec& exec) {
  if (exec.command().empty()) return BadRequest("exec.command is empty");
  for (const std::string& word : exec.command()) {
    if (word.find(kNul) != std::string::npos) {
      return BadRequest("exec.command holds a zero byte");
    }
  }
  return std::vector<std::string>(exec.command().begin(), exec.command().end());
}

Result<std::vector<std::string>> ScriptCommand(const v1::Script& script, const std::string& folder,
                                               std::string_view path) {
  NOIZY_ASSIGN_OR_RETURN(ShellCommand shell, ChooseShell(script.shell(), script.source(), path));
  const std::string file = folder + "/" + std::string(kScriptFile) + shell.suffix;
  NOIZY_RETURN_IF_ERROR(
      WriteFileAtomically(file, script.source(), Durability::kAtomic, kPrivateFolderMode));
  shell.argv.push_back(file);
  return std::move(shell.argv);
}

}  // namespace

std::vector<std::string> AttemptMarks(const v1::AttemptRef& ref) {
  return {"NOIZY_TASK_UID=" + ref.uid(), "NOIZY_ATTEMPT=" + std::to_string(ref.attempt())};
}

Result<std::vector<std::string>> BuildEnvironment(const TaskConfig& config,
                                                  const TaskDefaults& defaults) {
  const v1::AttemptRef& ref = config.assignment.ref();
  const std::string work = config.folder + "/" + std::string(kWorkFolder);
  std::map<std::string, std::string> variables = {
      {"PATH", defaults.path},
      {"HOME", defaults.home.empty() ? work : defaults.home},
      {"TMPDIR", work},
      {"LANG", "C.UTF-8"},
  };
  for (const v1::EnvVar& variable : config.assignment.env()) {
    NOIZY_RETURN_IF_ERROR(CheckEnvVar(variable));
    variables[variable.name()] = variable.value();
  }
  variables["NOIZY_TASK_NAME"] = ref.name();
  variables["NOIZY_TASK_NAMESPACE"] = ref.namespace_();
  variables["NOIZY_NODE_NAME"] = config.node_name;
  variables["NOIZY_PAYLOAD_FILE"] = config.folder + "/" + std::string(kPayloadFile);
  if (!config.assignment.fence_token().empty()) {
    variables["NOIZY_FENCE_TOKEN"] = config.assignment.fence_token();
  }
  variables.erase("NOIZY_TASK_UID");
  variables.erase("NOIZY_ATTEMPT");
  std::vector<std::string> environment = AttemptMarks(ref);
  for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);
  return environment;
}

Result<std::vector<std::string>> PrepareFolder(const TaskConfig& config, const std::string& path) {
  const v1::Assignment& assignment = config.assignment;
  NOIZY_RETURN_IF_ERROR(MakeFolders(config.folder + "/" + std::string(kWorkFolder)));
  // A payload that was fetched is there already.
  if (!assignment.has_payload_ref()) {
    NOIZY_RETURN_IF_ERROR(WriteFileAtomically(config.folder + "/" + std::string(kPayloadFile),
                                              assignment.payload(), Durability::kAtomic));
  }
  switch (assignment.action_case()) {
    case v1::Assignment::kExec:
      return ExecCommand(assignment.exec());
    case v1::Assignment::kScript:
      return ScriptCommand(assignment.script(), config.folder, path);
    case v1::Assignment::kInference:  // the InferenceDriver's, which makes a command of it
    case v1::Assignment::ACTION_NOT_SET:
      break;
  }
  return BadRequest("the task has neither a command nor a script");
}

}  // namespace noizy::nodeagent
