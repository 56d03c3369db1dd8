// OpenAI's chat completions, which LiteLLM, vLLM, llama.cpp, LM Studio and Ollama speak too.
#include <array>
#include <string>

#include "machinery/model/wire_format.h"

namespace noizy::model {
namespace {

// Codes and types of a 429, or of a 400, that only paying ends.
constexpr std::array<std::string_view, 6> kUnpaid = {
    "insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached",
    "billing_not_active", "budget_exceeded",          "spend_limit_reached"};

bool IsUnpaid(std::string_view code) {
  for (const std::string_view one : kUnpaid) {
    if (code == one) return true;
  }
  return false;
}

Object BodyOf(const ChatRequest& chat, const Provider& provider) {
  Object body{{"model", provider.model}, {"messages", MessagesOf(chat)}};
  // OpenAI's newer models refuse the old name, other servers know only that.
  const std::string_view limit = provider.base_url.empty() ? "max_completion_tokens" : "max_tokens";
  if (chat.max_tokens > 0) body[limit] = chat.max_tokens;
  if (chat.temperature) body["temperature"] = *chat.temperature;
  if (!chat.answer_schema.is_null()) {
    body["response_format"] = Object{
        {"type", "json_schema"},
        {"json_schema",
         Object{{"name", chat.answer_name}, {"strict", true}, {"schema", chat.answer_schema}}}};
  }
  return body;
}

HttpRequest Post(const Object& body, const Provider& provider) {
  HttpRequest request = JsonPost("/chat/completions", body);
  if (!provider.api_key.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + provider.api_key);
  }
  return request;
}

HttpRequest Encode(const ChatRequest& chat, const Provider& provider) {
  return Post(BodyOf(chat, provider), provider);
}

HttpRequest EncodeStream(const ChatRequest& chat, const Provider& provider) {
  Object body = BodyOf(chat, provider);
  body["stream"] = true;
  // Without it, a stream does not say what it cost.
  body["stream_options"] = Object{{"include_usage", true}};
  return Post(body, provider);
}

// A string, or a list of parts of which the texts count.
std::optional<std::string> TextOf(const Value& message) {
  const Value* content = Find(message, {"content"});
  if (content == nullptr) return {};
  if (content->is_string()) return std::string(View(content->get_string()));
  if (!content->is_array()) return {};
  std::string text;
  for (const Value& part : content->get_array()) text += StringAt(part, {"text"});
  return text;
}

// Why a choice is no whole answer.
std::optional<ProviderError> ErrorOf(const Value& choice, const Value& message) {
  const std::string_view finish = StringAt(choice, {"finish_reason"});
  if (finish == "content_filter") return Unfinished(Fault::kContent, finish);
  if (!StringAt(message, {"refusal"}).empty()) return Unfinished(Fault::kContent, "refusal");
  if (finish == "length") return Unfinished(Fault::kTruncated, finish);
  return {};
}

TokenUsage UsageOf(const Value& body) {
  return {CountAt(body, {"usage", "prompt_tokens"}), CountAt(body, {"usage", "completion_tokens"})};
}

AnswerOrError Decode(const Value& body) {
  const Array* choices = ArrayAt(body, {"choices"});
  if (choices == nullptr || choices->empty()) return Malformed("the reply has no choices");
  const Value& choice = choices->front();
  const Value* message = Find(choice, {"message"});
  if (message == nullptr) return Malformed("the first choice has no message");
  if (auto error = ErrorOf(choice, *message)) return *std::move(error);
  const auto text = TextOf(*message);
  if (!text || text->empty()) return Malformed("the message has no content");
  return ChatAnswer{*text, UsageOf(body), std::string(StringAt(body, {"model"}))};
}

// A "chat.completion.chunk". The last one may have no choices, and say what it all cost.
void ReadPiece(const Value& piece, PartialAnswer& partial) {
  if (ObjectAt(piece, {"usage"}) != nullptr) partial.answer.usage = UsageOf(piece);
  if (const auto model = StringAt(piece, {"model"}); !model.empty()) partial.answer.model = model;
  const Array* choices = ArrayAt(piece, {"choices"});
  if (choices == nullptr || choices->empty()) return;
  const Value& choice = choices->front();
  static const Value kNothing = Object{};
  const Value* delta = Find(choice, {"delta"});
  if (delta == nullptr) delta = &kNothing;
  partial.answer.text += TextOf(*delta).value_or("");
  if (auto error = ErrorOf(choice, *delta)) partial.error = std::move(error);
  if (!StringAt(choice, {"finish_reason"}).empty()) partial.ended = true;
}

void ReadError(const Value& body, ProviderError& error) {
  const Value* said = Find(body, {"error"});
  if (said == nullptr || !said->is_object()) return;
  error.message = StringAt(*said, {"message"});
  error.code = StringAt(*said, {"code"});
  const std::string_view type = StringAt(*said, {"type"});
  if (error.code.empty()) error.code = type;
  if (IsUnpaid(error.code) || IsUnpaid(type)) error.fault = Fault::kQuota;
  if (error.code == "invalid_api_key") error.fault = Fault::kCredentials;
  if (error.code == "content_filter" || error.code == "content_policy_violation") {
    error.fault = Fault::kContent;
  }
}

}  // namespace

const WireFormat kOpenAiFormat{"openai",         "https://api.openai.com/v1",
                               Encode,           Decode,
                               ReadError,        EncodeStream,
                               Framing::kEvents, ReadPiece};

}  // namespace noizy::model
