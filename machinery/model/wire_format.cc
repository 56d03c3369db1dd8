#include "machinery/model/wire_format.h"

#include <array>
#include <string>
#include <utility>

#include "machinery/model/retry_after.h"
#include "machinery/value/json.h"

namespace noizy::model {
namespace {

// What a log line and a status can carry of a provider's words.
constexpr std::size_t kMaxMessage = 500;

bool IsSuccess(int code) {
  return code >= 200 && code < 300;
}

// "x-should-retry" is what OpenAI and Anthropic tell their SDKs.
std::optional<bool> ShouldRetry(const HttpHeaders& headers) {
  const std::string_view said = FindHeader(headers, "x-should-retry");
  if (said == "true") return true;
  if (said == "false") return false;
  return {};
}

// {"error": "text"} and {"detail": "text"} are what local servers write.
void ReadPlainMessage(const Value& body, ProviderError& error) {
  for (const std::string_view member : {"error", "detail", "message"}) {
    if (const std::string_view text = StringAt(body, {member}); !text.empty()) {
      error.message = text;
      return;
    }
  }
}

ProviderError ReadError(const WireFormat& format, const HttpReply& reply, const Value* body,
                        WallTime now) {
  ProviderError error;
  error.http_code = reply.code;
  error.fault = IsSuccess(reply.code) ? Fault::kServerError : FaultOfHttpCode(reply.code);
  error.may_retry = ShouldRetry(reply.headers);
  if (body != nullptr) {
    ReadPlainMessage(*body, error);
    format.read_error(*body, error);
  }
  // The body of a Google error may have told it better.
  if (!error.retry_after) error.retry_after = RetryAfter(reply.headers, now);
  error.message.resize(std::min(error.message.size(), kMaxMessage));
  return error;
}

}  // namespace

const WireFormat* WireFormatNamed(std::string_view api) {
  static constexpr std::array kFormats = {&kOpenAiFormat, &kAnthropicFormat, &kGeminiFormat,
                                          &kOllamaFormat};
  for (const WireFormat* format : kFormats) {
    if (format->api == api) return format;
  }
  return nullptr;
}

AnswerOrError ReadReply(const WireFormat& format, const HttpReply& reply, WallTime now) {
  const Result<Value> body = ParseJson(reply.BodyText());
  const bool object = body.ok() && body->is_object();
  if (!IsSuccess(reply.code)) return ReadError(format, reply, object ? &*body : nullptr, now);
  if (!object) return Malformed("the reply is no JSON object");
  if (const Value* error = Find(*body, {"error"}); error != nullptr && !error->is_null()) {
    return ReadError(format, reply, &*body, now);
  }
  return format.decode(*body);
}

std::optional<ProviderError> ErrorIn(const WireFormat& format, const Value& piece) {
  const Value* said = Find(piece, {"error"});
  if (said == nullptr || said->is_null()) return {};
  return ReadError(format, HttpReply{}, &piece, {});
}

ProviderError ErrorOfTransport(const Status& status) {
  ProviderError error;
  error.message = status.message();
  switch (status.reason()) {
    case StatusReason::kTimeout:
      error.fault = Fault::kTimeout;
      break;
    case StatusReason::kBadRequest:
      error.fault = Fault::kRequest;
      break;
    default:
      error.fault = Fault::kUnreachable;
  }
  return error;
}

Array MessagesOf(const ChatRequest& chat) {
  Array messages;
  if (!chat.system.empty())
    messages.push_back(Object{{"role", "system"}, {"content", chat.system}});
  for (Value& turn : TurnsOf(chat)) messages.push_back(std::move(turn));
  return messages;
}

Array TurnsOf(const ChatRequest& chat) {
  Array turns;
  for (const ChatTurn& turn : chat.earlier) {
    const bool user = turn.speaker == ChatTurn::Speaker::kUser;
    turns.push_back(Object{{"role", user ? "user" : "assistant"}, {"content", turn.text}});
  }
  turns.push_back(Object{{"role", "user"}, {"content", chat.user}});
  return turns;
}

HttpRequest JsonPost(std::string path, const Value& body) {
  HttpRequest request;
  request.method = "POST";
  request.path = std::move(path);
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  request.body = ToJson(body);
  return request;
}

ProviderError Malformed(std::string_view what) {
  ProviderError error;
  error.fault = Fault::kMalformed;
  error.http_code = 200;
  error.message = what;
  return error;
}

ProviderError Unfinished(Fault fault, std::string_view reason) {
  ProviderError error;
  error.fault = fault;
  error.http_code = 200;
  error.code = reason;
  return error;
}

void SetFaultByCode(std::span<const NamedFault> faults, ProviderError& error) {
  for (const NamedFault& one : faults) {
    if (error.code == one.code) error.fault = one.fault;
  }
}

std::int64_t CountAt(const Value& body, ValuePath path) {
  const std::int64_t count = IntAt(body, path).value_or(0);
  return count > 0 ? count : 0;
}

}  // namespace noizy::model
