#include "nodeagent/inference/inference_driver.h"

#include <utility>

#include "nodeagent/inference/inference_request.h"

namespace noizy::nodeagent {

DriverFingerprint InferenceDriver::Fingerprint() {
  DriverFingerprint fingerprint = processes_.Fingerprint();
  if (!catalog_.models().empty()) fingerprint.capabilities.emplace_back(kInferenceType);
  for (const auto& [name, server] : catalog_.models())
    fingerprint.capabilities.push_back(std::string(kModelPrefix).append(name));
  return fingerprint;
}

Result<std::shared_ptr<DriverTask>> InferenceDriver::Start(const TaskConfig& config,
                                                           TaskEvents events) {
  if (!config.assignment.has_inference()) return processes_.Start(config, std::move(events));
  const v1::Inference& inference = config.assignment.inference();
  const auto server = catalog_.models().find(inference.model());
  if (server == catalog_.models().end()) {
    catalog_.Refresh();
    return NotFound("models", inference.model())
        .WithContext("no model server of this node has the model");
  }
  NOIZY_RETURN_IF_ERROR(
      WriteInferenceRequest(config.folder, RequestOf(inference, server->second.url)));
  // A server that failed may be gone: so the node does not offer its models for long.
  events.on_exit = [this, on_exit = std::move(events.on_exit)](const TaskExit& exit) {
    if (exit.reason != kCompleted) catalog_.Refresh();
    on_exit(exit);
  };
  return processes_.Start(CommandFor(config, server->second), std::move(events));
}

TaskConfig InferenceDriver::CommandFor(const TaskConfig& config, const ModelServer& server) const {
  TaskConfig command = config;
  command.own_program = true;
  v1::Exec& exec = *command.assignment.mutable_exec();
  for (const std::string& word : command_) exec.add_command(word);
  exec.add_command(config.folder);
  command.assignment.clear_env();
  if (!server.api_key.empty()) {
    v1::EnvVar& key = *command.assignment.add_env();
    key.set_name(std::string(kModelServerKey));
    key.set_value(server.api_key);
  }
  return command;
}

}  // namespace noizy::nodeagent
