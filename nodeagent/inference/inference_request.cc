#include "nodeagent/inference/inference_request.h"

#include "machinery/os/files.h"
#include "machinery/value/json.h"

namespace noizy::nodeagent {
namespace {

constexpr std::string_view kRequestFile = "/inference.json";

void Append(std::string_view more, std::string& text) {
  if (!text.empty() && !more.empty()) text += "\n\n";
  text += more;
}

Status AddMessage(const Value& message, model::ChatRequest& chat) {
  using Speaker = model::ChatTurn::Speaker;
  const std::string_view role = StringAt(message, {"role"});
  const Value* content = Find(message, {"content"});
  if (content == nullptr || !content->is_string()) {
    return BadRequest("payload: a message has no content that is a text");
  }
  const std::string_view text = View(content->get_string());
  if (role == "system") {
    Append(text, chat.system);
  } else if (role == "user" || role == "assistant") {
    chat.earlier.push_back({role == "user" ? Speaker::kUser : Speaker::kModel, std::string(text)});
  } else {
    return BadRequest("payload: a message's role is none of system, user and assistant");
  }
  return Status::Ok();
}

}  // namespace

InferenceRequest RequestOf(const v1::Inference& inference, const std::string& server_url) {
  InferenceRequest request{server_url, inference.model(), {}};
  request.chat.system = inference.system();
  request.chat.user = inference.prompt();
  request.chat.max_tokens = inference.max_tokens();
  if (inference.has_temperature()) request.chat.temperature = inference.temperature();
  return request;
}

Status WriteInferenceRequest(const std::string& folder, const InferenceRequest& request) {
  Object root{{"server", request.server_url},
              {"model", request.model},
              {"system", request.chat.system},
              {"prompt", request.chat.user},
              {"maxTokens", request.chat.max_tokens}};
  if (request.chat.temperature) root["temperature"] = *request.chat.temperature;
  return WriteFileAtomically(folder + std::string(kRequestFile), ToJson(root), Durability::kAtomic);
}

Result<InferenceRequest> ReadInferenceRequest(const std::string& folder) {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(folder + std::string(kRequestFile)));
  NOIZY_ASSIGN_OR_RETURN(const Value root, ParseJson(text));
  InferenceRequest request;
  request.server_url = StringAt(root, {"server"});
  request.model = StringAt(root, {"model"});
  request.chat.system = StringAt(root, {"system"});
  request.chat.user = StringAt(root, {"prompt"});
  request.chat.max_tokens = IntAt(root, {"maxTokens"}).value_or(0);
  const Value* temperature = Find(root, {"temperature"});
  if (temperature != nullptr && temperature->is_number())
    request.chat.temperature = temperature->to_number<double>();
  return request;
}

Status AddPayload(std::string_view payload, model::ChatRequest& chat) {
  const Result<Value> value = ParseJson(payload);
  const Array* messages = value.ok() ? ArrayAt(*value, {"messages"}) : nullptr;
  if (messages == nullptr) {
    const std::string_view prompt = value.ok() ? StringAt(*value, {"prompt"}) : "";
    Append(prompt.empty() ? payload : prompt, chat.user);
    return Status::Ok();
  }
  for (const Value& message : *messages) NOIZY_RETURN_IF_ERROR(AddMessage(message, chat));
  return Status::Ok();
}

}  // namespace noizy::nodeagent
