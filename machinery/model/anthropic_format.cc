// Anthropic's messages.
#include <array>
#include <string>
#include <utility>

#include "machinery/model/wire_format.h"

namespace noizy::model {
namespace {

constexpr std::string_view kCurrentVersion = "2026-10-21";

Object BodyOf(const ChatRequest& chat, const Provider& provider) {
  Object body{
      {"model", provider.model}, {"max_tokens", chat.max_tokens}, {"messages", TurnsOf(chat)}};
  if (!chat.system.empty()) body["system"] = chat.system;
  if (chat.temperature) body["temperature"] = *chat.temperature;
  if (!chat.answer_schema.is_null()) {
    body["output_config"] =
        Object{{"format", Object{{"type", "json_schema"}, {"schema", chat.answer_schema}}}};
  }
  return body;
}

HttpRequest Post(const Object& body, const Provider& provider) {
  HttpRequest request = JsonPost("/v1/messages", body);
  request.headers.emplace_back("anthropic-version", provider.api_version.empty()
                                                        ? std::string(kCurrentVersion)
                                                        : provider.api_version);
  if (!provider.api_key.empty()) {
    // The first is what its SDK sends by now, the second what proxies that are older know.
    request.headers.emplace_back("Authorization", "Bearer " + provider.api_key);
    request.headers.emplace_back("x-api-key", provider.api_key);
  }
  return request;
}

HttpRequest Encode(const ChatRequest& chat, const Provider& provider) {
  return Post(BodyOf(chat, provider), provider);
}

HttpRequest EncodeStream(const ChatRequest& chat, const Provider& provider) {
  Object body = BodyOf(chat, provider);
  body["stream"] = true;
  return Post(body, provider);
}

// Why a message that stopped so is no whole answer.
std::optional<ProviderError> ErrorOf(std::string_view stop) {
  if (stop == "refusal") return Unfinished(Fault::kContent, stop);
  if (stop == "max_tokens" || stop == "model_context_window_exceeded") {
    return Unfinished(Fault::kTruncated, stop);
  }
  return {};
}

AnswerOrError Decode(const Value& body) {
  const Array* content = ArrayAt(body, {"content"});
  if (content == nullptr) return Malformed("the reply has no content");
  if (auto error = ErrorOf(StringAt(body, {"stop_reason"}))) return *std::move(error);
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

// Counts are those so far: the last ones hold.
void TakeUsage(const Value& at, TokenUsage& usage) {
  if (const std::int64_t input = CountAt(at, {"usage", "input_tokens"}); input > 0)
    usage.input = input;
  if (const std::int64_t output = CountAt(at, {"usage", "output_tokens"}); output > 0)
    usage.output = output;
}

void ReadPiece(const Value& piece, PartialAnswer& partial) {
  const std::string_view type = StringAt(piece, {"type"});
  if (type == "message_start") {
    partial.answer.model = StringAt(piece, {"message", "model"});
    if (const Value* message = Find(piece, {"message"})) TakeUsage(*message, partial.answer.usage);
  } else if (type == "content_block_start") {
    partial.answer.text += StringAt(piece, {"content_block", "text"});
  } else if (type == "content_block_delta") {
    // Thoughts and signatures are deltas too, without a text.
    partial.answer.text += StringAt(piece, {"delta", "text"});
  } else if (type == "message_delta") {
    TakeUsage(piece, partial.answer.usage);
    const std::string_view stop = StringAt(piece, {"delta", "stop_reason"});
    if (!stop.empty()) partial.ended = true;
    if (auto error = ErrorOf(stop)) partial.error = std::move(error);
  } else if (type == "message_stop") {
    partial.ended = partial.closed = true;
  }
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

const WireFormat kAnthropicFormat{"anthropic",      "https://api.anthropic.com",
                                  Encode,           Decode,
                                  ReadError,        EncodeStream,
                                  Framing::kEvents, ReadPiece};

}  // namespace noizy::model
