// Google's generateContent.
#include <array>
#include <string>
#include <utility>

#include "machinery/meta/time.h"
#include "machinery/model/wire_format.h"

namespace noizy::model {
namespace {

HttpRequest Encode(const ChatRequest& chat, const Provider& provider) {
  Object generation{{"maxOutputTokens", chat.max_tokens}};
  if (chat.temperature) generation["temperature"] = *chat.temperature;
  if (!chat.answer_schema.is_null()) {
    generation["responseMimeType"] = "application/json";
    generation["responseJsonSchema"] = chat.answer_schema;
  }
  const auto text = [](const std::string& words) { return Array{Object{{"text", words}}}; };
  const Object body{{"systemInstruction", Object{{"parts", text(chat.system)}}},
                    {"contents", Array{Object{{"role", "user"}, {"parts", text(chat.user)}}}},
                    {"generationConfig", std::move(generation)}};
  const bool qualified = provider.model.find('/') != std::string::npos;
  HttpRequest request = JsonPost(
      "/" + (qualified ? "" : std::string("models/")) + provider.model + ":generateContent", body);
  if (!provider.api_key.empty()) request.headers.emplace_back("x-goog-api-key", provider.api_key);
  return request;
}

// The model's thoughts are parts too, and not the answer.
std::string TextOf(const Value& candidate) {
  std::string text;
  const Array* parts = ArrayAt(candidate, {"content", "parts"});
  if (parts == nullptr) return text;
  for (const Value& part : *parts) {
    if (!BoolAt(part, {"thought"})) text += StringAt(part, {"text"});
  }
  return text;
}

AnswerOrError Decode(const Value& body) {
  const std::string_view blocked = StringAt(body, {"promptFeedback", "blockReason"});
  if (!blocked.empty()) return Unfinished(Fault::kContent, blocked);
  const Array* candidates = ArrayAt(body, {"candidates"});
  if (candidates == nullptr || candidates->empty()) return Malformed("the reply has no candidates");
  const Value& candidate = candidates->front();
  const std::string_view finish = StringAt(candidate, {"finishReason"});
  if (finish == "MAX_TOKENS") return Unfinished(Fault::kTruncated, finish);
  if (finish.starts_with("MALFORMED")) return Malformed(finish);
  if (!finish.empty() && finish != "STOP") return Unfinished(Fault::kContent, finish);
  std::string text = TextOf(candidate);
  if (text.empty()) return Malformed("the candidate has no text");
  return ChatAnswer{std::move(text),
                    {CountAt(body, {"usageMetadata", "promptTokenCount"}),
                     CountAt(body, {"usageMetadata", "candidatesTokenCount"}) +
                         CountAt(body, {"usageMetadata", "thoughtsTokenCount"})},
                    std::string(StringAt(body, {"modelVersion"}))};
}

constexpr std::array kFaults = {
    NamedFault{"RESOURCE_EXHAUSTED", Fault::kRateLimited},
    NamedFault{"UNAVAILABLE", Fault::kOverloaded},
    NamedFault{"INTERNAL", Fault::kServerError},
    NamedFault{"DEADLINE_EXCEEDED", Fault::kTimeout},
    NamedFault{"UNAUTHENTICATED", Fault::kCredentials},
    NamedFault{"PERMISSION_DENIED", Fault::kCredentials},
    NamedFault{"INVALID_ARGUMENT", Fault::kRequest},
    NamedFault{"FAILED_PRECONDITION", Fault::kRequest},
    NamedFault{"NOT_FOUND", Fault::kRequest},
};

// google.rpc.QuotaFailure, RetryInfo and ErrorInfo, by what they carry.
void ReadDetail(const Value& detail, ProviderError& error) {
  if (const Array* violations = ArrayAt(detail, {"violations"})) {
    for (const Value& violation : *violations) {
      if (StringAt(violation, {"quotaId"}).find("PerDay") != std::string_view::npos) {
        error.fault = Fault::kQuota;
      }
    }
  }
  if (StringAt(detail, {"reason"}) == "API_KEY_INVALID") error.fault = Fault::kCredentials;
  const Result<Duration> delay = ParseDuration(StringAt(detail, {"retryDelay"}));
  if (delay.ok() && *delay > Duration::zero()) error.retry_after = *delay;
}

void ReadError(const Value& body, ProviderError& error) {
  const Value* said = Find(body, {"error"});
  if (said == nullptr || !said->is_object()) return;
  error.message = StringAt(*said, {"message"});
  error.code = StringAt(*said, {"status"});
  SetFaultByCode(kFaults, error);
  if (const Array* details = ArrayAt(*said, {"details"})) {
    for (const Value& detail : *details) ReadDetail(detail, error);
  }
}

}  // namespace

const WireFormat kGeminiFormat{"gemini", "https://generativelanguage.googleapis.com/v1beta", Encode,
                               Decode, ReadError};

}  // namespace noizy::model
