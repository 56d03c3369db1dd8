// Ollama's own chat, which loads a model on demand and says how long everything took.
#include <string>

#include "machinery/model/wire_format.h"

namespace noizy::model {
namespace {

HttpRequest Post(const ChatRequest& chat, const Provider& provider, bool stream) {
  Object options;
  if (chat.max_tokens > 0) options["num_predict"] = chat.max_tokens;
  if (chat.temperature) options["temperature"] = *chat.temperature;
  // Over HTTP it streams unless told not to.
  Object body{{"model", provider.model},
              {"stream", stream},
              {"messages", MessagesOf(chat)},
              {"options", std::move(options)}};
  if (!chat.answer_schema.is_null()) body["format"] = chat.answer_schema;
  HttpRequest request = JsonPost("/api/chat", body);
  if (!provider.api_key.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + provider.api_key);
  }
  return request;
}

HttpRequest Encode(const ChatRequest& chat, const Provider& provider) {
  return Post(chat, provider, false);
}

HttpRequest EncodeStream(const ChatRequest& chat, const Provider& provider) {
  return Post(chat, provider, true);
}

TokenUsage UsageOf(const Value& body) {
  return {CountAt(body, {"prompt_eval_count"}), CountAt(body, {"eval_count"})};
}

AnswerOrError Decode(const Value& body) {
  if (!BoolAt(body, {"done"})) return Malformed("the reply is not done");
  if (StringAt(body, {"done_reason"}) == "length") return Unfinished(Fault::kTruncated, "length");
  const std::string_view text = StringAt(body, {"message", "content"});
  if (text.empty()) return Malformed("the message has no content");
  return ChatAnswer{std::string(text), UsageOf(body), std::string(StringAt(body, {"model"}))};
}

void ReadPiece(const Value& piece, PartialAnswer& partial) {
  if (const auto model = StringAt(piece, {"model"}); !model.empty()) partial.answer.model = model;
  partial.answer.text += StringAt(piece, {"message", "content"});
  if (!BoolAt(piece, {"done"})) return;
  partial.answer.usage = UsageOf(piece);
  partial.ended = partial.closed = true;
  if (StringAt(piece, {"done_reason"}) == "length")
    partial.error = Unfinished(Fault::kTruncated, "length");
}

// Errors are a text and a code, which the caller has read.
void ReadError(const Value&, ProviderError&) {}

}  // namespace

const WireFormat kOllamaFormat{"ollama",     "http://127.0.0.1:11434", Encode,   Decode, ReadError,
                               EncodeStream, Framing::kLines,          ReadPiece};

}  // namespace noizy::model
