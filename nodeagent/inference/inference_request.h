// What the agent hands to the process that asks a model (run_inference.h): a file of the attempt's
// folder, beside the task's payload.
#pragma once

#include <string>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/model/chat.h"
#include "noizy/v1/agent.pb.h"

namespace noizy::nodeagent {

/// The variable of a model server's key: the agent reads it, and gives it to the process.
inline constexpr std::string_view kModelServerKey = "NOIZY_MODEL_SERVER_KEY";

struct InferenceRequest {
  std::string server_url;
  std::string model;
  model::ChatRequest chat;
};

InferenceRequest RequestOf(const v1::Inference& inference, const std::string& server_url);

Status WriteInferenceRequest(const std::string& folder, const InferenceRequest& request);
Result<InferenceRequest> ReadInferenceRequest(const std::string& folder);

/// Adds a task's payload: {"messages": [{"role", "content"}, …]} is the conversation so far (a
/// system message's words are added to the system's), {"prompt": "…"} and any other text goes
/// behind the prompt. BadRequest for messages that are none.
Status AddPayload(std::string_view payload, model::ChatRequest& chat);

}  // namespace noizy::nodeagent
