// Ollama's own chat, which loads a model on demand and says how long everything took.
#include <string>

#include "machinery/model/wire_format.h"

namespace noizy::model {
namespace {

HttpRequest Encode(const ChatRequest& chat, const Provider& provider) {
  Object options{{"num_predict", chat.max_tokens}};
  if (chat.temperature) options["temperature"] = *chat.temperature;
  // Over HTTP it streams unless told not to.
  Object body{{"model", provider.model},
              {"stream", false},
              {"messages", Array{Object{{"role", "system"}, {"content", chat.system}},
                                 Object{{"role", "user"}, {"content", chat.user}}}},
              {"options", std::move(options)}};
  if (!chat.answer_schema.is_null()) body["format"] = chat.answer_schema;
  HttpRequest request = JsonPost("/api/chat", body);
  if (!provider.api_key.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + provider.api_key);
  }
  return request;
}

AnswerOrError Decode(const Value& body) {
  if (!BoolAt(body, {"done"})) return Malformed("the reply is not done");
  if (StringAt(body, {"done_reason"}) == "length") return Unfinished(Fault::kTruncated, "length");
  const std::string_view text = StringAt(body, {"message", "content"});
  if (text.empty()) return Malformed("the message has no content");
  return ChatAnswer{std::string(text),
                    {CountAt(body, {"prompt_eval_count"}), CountAt(body, {"eval_count"})},
                    std::string(StringAt(body, {"model"}))};
}

// Errors are a text and a code, which the caller has read.
void ReadError(const Value&, ProviderError&) {}

}  // namespace

const WireFormat kOllamaFormat{"ollama", "http://127.0.0.1:11434", Encode, Decode, ReadError};

}  // namespace noizy::model
