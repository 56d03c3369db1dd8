// Google's generateContent.
#include <array>
#include <string>
#include <utility>

#include "machinery/meta/time.h"
#include "machinery/model/wire_format.h"

namespace noizy::model {
namespace {

HttpRequest Post(const ChatRequest& chat, const Provider& provider, const std::string& method) {
  Object generation;
  if (chat.max_tokens > 0) generation["maxOutputTokens"] = chat.max_tokens;
  if (chat.temperature) generation["temperature"] = *chat.temperature;
  if (!chat.answer_schema.is_null()) {
    generation["responseMimeType"] = "application/json";
    generation["responseJsonSchema"] = chat.answer_schema;
  }
  const auto text = [](const std::string& words) { return Array{Object{{"text", words}}}; };
  Array contents;
  for (const ChatTurn& turn : chat.earlier) {
    const bool user = turn.speaker == ChatTurn::Speaker::kUser;
    contents.push_back(Object{{"role", user ? "user" : "model"}, {"parts", text(turn.text)}});
  }
  contents.push_back(Object{{"role", "user"}, {"parts", text(chat.user)}});
  Object body{{"contents", std::move(contents)}, {"generationConfig", std::move(generation)}};
  if (!chat.system.empty()) body["systemInstruction"] = Object{{"parts", text(chat.system)}};
  const bool qualified = provider.model.find('/') != std::string::npos;
  HttpRequest request =
      JsonPost("/" + (qualified ? "" : std::string("models/")) + provider.model + method, body);
  if (!provider.api_key.empty()) request.headers.emplace_back("x-goog-api-key", provider.api_key);
  return request;
}

HttpRequest Encode(const ChatRequest& chat, const Provider& provider) {
  return Post(chat, provider, ":generateContent");
}

HttpRequest EncodeStream(const ChatRequest& chat, const Provider& provider) {
  HttpRequest request = Post(chat, provider, ":streamGenerateContent");
  request.query = "alt=sse";  // else it is one JSON array, whole at its end only
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

// Why a candidate that ended so is no whole answer.
std::optional<ProviderError> ErrorOf(std::string_view finish) {
  if (finish.empty() || finish == "STOP") return {};
  if (finish == "MAX_TOKENS") return Unfinished(Fault::kTruncated, finish);
  if (finish.starts_with("MALFORMED")) return Malformed(finish);
  return Unfinished(Fault::kContent, finish);
}

std::optional<ProviderError> Blocked(const Value& body) {
  const std::string_view reason = StringAt(body, {"promptFeedback", "blockReason"});
  if (reason.empty()) return {};
  return Unfinished(Fault::kContent, reason);
}

TokenUsage UsageOf(const Value& body) {
  return {CountAt(body, {"usageMetadata", "promptTokenCount"}),
          CountAt(body, {"usageMetadata", "candidatesTokenCount"}) +
              CountAt(body, {"usageMetadata", "thoughtsTokenCount"})};
}

AnswerOrError Decode(const Value& body) {
  if (auto error = Blocked(body)) return *std::move(error);
  const Array* candidates = ArrayAt(body, {"candidates"});
  if (candidates == nullptr || candidates->empty()) return Malformed("the reply has no candidates");
  const Value& candidate = candidates->front();
  if (auto error = ErrorOf(StringAt(candidate, {"finishReason"}))) return *std::move(error);
  std::string text = TextOf(candidate);
  if (text.empty()) return Malformed("the candidate has no text");
  return ChatAnswer{std::move(text), UsageOf(body), std::string(StringAt(body, {"modelVersion"}))};
}

// A whole reply with the next parts of the text; the counts are those so far.
void ReadPiece(const Value& piece, PartialAnswer& partial) {
  if (ObjectAt(piece, {"usageMetadata"}) != nullptr) partial.answer.usage = UsageOf(piece);
  if (const auto model = StringAt(piece, {"modelVersion"}); !model.empty())
    partial.answer.model = model;
  if (auto error = Blocked(piece)) {
    partial.error = std::move(error);
    partial.ended = true;
  }
  const Array* candidates = ArrayAt(piece, {"candidates"});
  if (candidates == nullptr || candidates->empty()) return;
  partial.answer.text += TextOf(candidates->front());
  const std::string_view finish = StringAt(candidates->front(), {"finishReason"});
  if (!finish.empty()) partial.ended = true;
  if (auto error = ErrorOf(finish)) partial.error = std::move(error);
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

const WireFormat kGeminiFormat{"gemini",         "https://generativelanguage.googleapis.com/v1",
                               Encode,           Decode,
                               ReadError,        EncodeStream,
                               Framing::kEvents, ReadPiece};

}  // namespace noizy::model
