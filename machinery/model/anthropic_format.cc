// Anthropic's messages.
#include <array>
#include <string>
#include <utility>

#include "machinery/model/wire_format.h"

namespace noizy::model {
namespace {

constexpr std::string_view kCurrentVersion = "2026-10-21";

HttpRequest Encode(const ChatRequest& chat, const Provider& provider) {
  Object body{{"model", provider.model},
              {"max_tokens", chat.max_tokens},
              {"system", chat.system},
              {"messages", Array{Object{{"role", "user"}, {"content", chat.user}}}}};
  if (chat.temperature) body["temperature"] = *chat.temperature;
  if (!chat.answer_schema.is_null()) {
    body["output_config"] =
        Object{{"format", Object{{"type", "json_schema"}, {"schema", chat.answer_schema}}}};
  }
  HttpRequest request = JsonPost("/v1/messages", body);
  request.headers.emplace_back("anthropic-version", provider.api_version.empty()
                                                        ? std::string(kCurrentVersion)
                                                        : provider.api_version);
  if (!provider.api_key.empty()) request.headers.emplace_back("x-api-key", provider.api_key);
  return request;
}

AnswerOrError Decode(const Value& body) {
  const Array* content = ArrayAt(body, {"content"});
  if (content == nullptr) return Malformed("the reply has no content");
  const std::string_view stop = StringAt(body, {"stop_reason"});
  if (stop == "refusal") return Unfinished(Fault::kContent, stop);
  if (stop == "max_tokens" || stop == "model_context_window_exceeded") {
    return Unfinished(Fault::kTruncated, stop);
  }
  std::string text;
  for (const Value& block : *content) {
    if (StringAt(block, {"type"}) == "text") text += StringAt(block, {"text"});
  }
  if (text.empty()) return Malformed("the content has no text");
  return ChatAnswer{
      std::move(text),
      {CountAt(body, {"usage", "input_tokens"}), CountAt(body, {"usage", "output_tokens"})},
      std::string(StringAt(body, {"model"}))};
}

constexpr std::array kFaults = {
    NamedFault{"rate_limit_error", Fault::kRateLimited},
    NamedFault{"overloaded_error", Fault::kOverloaded},
    NamedFault{"billing_error", Fault::kQuota},
    NamedFault{"authentication_error", Fault::kCredentials},
    NamedFault{"permission_error", Fault::kCredentials},
    NamedFault{"not_found_error", Fault::kRequest},
    NamedFault{"invalid_request_error", Fault::kRequest},
    NamedFault{"request_too_large", Fault::kRequest},
    NamedFault{"timeout_error", Fault::kTimeout},
    NamedFault{"api_error", Fault::kServerError},
};

void ReadError(const Value& body, ProviderError& error) {
  const Value* said = Find(body, {"error"});
  if (said == nullptr || !said->is_object()) return;
  error.message = StringAt(*said, {"message"});
  error.code = StringAt(*said, {"type"});
  SetFaultByCode(kFaults, error);
  // Spent credit comes as an invalid request, a spend limit as a rate limit; the words tell.
  for (const std::string_view words :
       {"credit balance is too low", "spend limit", "usage limits"}) {
    if (error.message.find(words) != std::string::npos) error.fault = Fault::kQuota;
  }
}

}  // namespace

const WireFormat kAnthropicFormat{"anthropic", "https://api.anthropic.com", Encode, Decode,
                                  ReadError};

}  // namespace noizy::model
