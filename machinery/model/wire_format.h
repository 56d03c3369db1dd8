// How each provider's HTTP API writes a question and reads an answer: one table row a format.
//
// Shapes as in the providers' own SDKs of 2026: openai 6.49, @anthropic-ai/sdk 1.12, @google/genai
// 2.32, ollama 0.6.
#pragma once

#include <span>
#include <string_view>
#include <variant>

#include "machinery/base/clock.h"
#include "machinery/model/chat.h"
#include "machinery/model/provider.h"
#include "machinery/model/provider_error.h"
#include "machinery/transport/http.h"

namespace noizy::model {

using AnswerOrError = std::variant<ChatAnswer, ProviderError>;

struct WireFormat {
  std::string_view api;
  std::string_view default_base_url;
  /// The request, to be sent to the provider's base URL; its headers carry the key.
  HttpRequest (*encode)(const ChatRequest& chat, const Provider& provider);
  /// The answer in a reply with a 2xx code. `body` is an object.
  AnswerOrError (*decode)(const Value& body);
  /// What an error's body says beyond the HTTP code; `error` has the code's fault already.
  void (*read_error)(const Value& body, ProviderError& error);
};

extern const WireFormat kOpenAiFormat;
extern const WireFormat kAnthropicFormat;
extern const WireFormat kGeminiFormat;
extern const WireFormat kOllamaFormat;

/// Null when there is none of that name.
const WireFormat* WireFormatNamed(std::string_view api);

/// What a reply says, whatever its code. A 200 whose body is an error is that error: proxies do so.
AnswerOrError ReadReply(const WireFormat& format, const HttpReply& reply, WallTime now);

// For the formats.

/// A POST with a JSON body.
HttpRequest JsonPost(std::string path, const Value& body);
/// A reply of which the format says otherwise.
ProviderError Malformed(std::string_view what);
/// An answer that was not finished, or refused.
ProviderError Unfinished(Fault fault, std::string_view reason);
/// A fault by the code that a provider gives it.
struct NamedFault {
  std::string_view code;
  Fault fault;
};
/// Sets the fault by the error's code; one that is not in the table stays what the HTTP code said.
void SetFaultByCode(std::span<const NamedFault> faults, ProviderError& error);
/// 0 when it is absent or no count.
std::int64_t CountAt(const Value& body, ValuePath path);

}  // namespace noizy::model
