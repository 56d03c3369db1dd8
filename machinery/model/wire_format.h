// How each provider's HTTP API writes a question and reads an answer: one table row a format.
//
// Shapes as in the providers' own SDKs of 2026: openai 7.57, @anthropic-ai/sdk 1.12, @google/genai
// 3.1, ollama 0.6; tests/conformance/models has them say so.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "machinery/base/clock.h"
#include "machinery/model/chat.h"
#include "machinery/model/piece_splitter.h"
#include "machinery/model/provider.h"
#include "machinery/model/provider_error.h"
#include "machinery/transport/http.h"

namespace noizy::model {

using AnswerOrError = std::variant<ChatAnswer, ProviderError>;

/// An answer that comes in pieces, as far as it has come.
struct PartialAnswer {
  ChatAnswer answer;
  /// The model said its last word; what may follow is what it cost.
  bool ended = false;
  /// The stream's own end came: nothing follows.
  bool closed = false;
  /// Why the answer is no whole one.
  std::optional<ProviderError> error;
};

struct WireFormat {
  std::string_view api;
  std::string_view default_base_url;
  /// The request, to be sent to the provider's base URL; its headers carry the key.
  HttpRequest (*encode)(const ChatRequest& chat, const Provider& provider);
  /// The answer in a reply with a 2xx code. `body` is an object.
  AnswerOrError (*decode)(const Value& body);
  /// What an error's body says beyond the HTTP code; `error` has the code's fault already.
  void (*read_error)(const Value& body, ProviderError& error);
  /// The same request, for an answer in pieces.
  HttpRequest (*encode_stream)(const ChatRequest& chat, const Provider& provider);
  Framing framing;
  /// Adds what a piece says. `piece` is an object, and no error.
  void (*read_piece)(const Value& piece, PartialAnswer& answer);
};

extern const WireFormat kOpenAiFormat;
extern const WireFormat kAnthropicFormat;
extern const WireFormat kGeminiFormat;
extern const WireFormat kOllamaFormat;

/// Null when there is none of that name.
const WireFormat* WireFormatNamed(std::string_view api);

/// What a reply says, whatever its code. A 200 whose body is an error is that error: proxies do so.
AnswerOrError ReadReply(const WireFormat& format, const HttpReply& reply, WallTime now);
/// The error that a piece of a stream is, if it is one.
std::optional<ProviderError> ErrorIn(const WireFormat& format, const Value& piece);
/// Why no reply came.
ProviderError ErrorOfTransport(const Status& status);

// For the formats.

/// A POST with a JSON body.
HttpRequest JsonPost(std::string path, const Value& body);
/// The conversation, from the system's words on, as OpenAI and Ollama have it.
Array MessagesOf(const ChatRequest& chat);
/// The same without the system's words, as Anthropic has it.
Array TurnsOf(const ChatRequest& chat);
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
