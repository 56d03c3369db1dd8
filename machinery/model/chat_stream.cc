#include "machinery/model/chat_stream.h"

#include <algorithm>
#include <utility>

#include "machinery/value/json.h"

namespace noizy::model {
namespace {

// The end of OpenAI's streams.
constexpr std::string_view kDone = "[DONE]";

bool IsWholeJson(const HttpHeaders& headers) {
  return FindHeader(headers, "Content-Type").starts_with("application/json");
}

// The length of the longest end of `text` that `key` begins with, and does not end with.
std::size_t BeginningOf(std::string_view key, std::string_view text) {
  if (key.size() < kLeastKeyBytes) return 0;
  std::size_t length = std::min(key.size() - 1, text.size());
  while (!text.ends_with(key.substr(0, length))) --length;
  return length;
}

ProviderError ErrorOf(Fault fault, std::string message) {
  ProviderError error;
  error.fault = fault;
  error.message = std::move(message);
  return error;
}

// How long a stream may still be silent, and go on at all.
class Patience {
 public:
  Patience(const StreamOptions& options, const Clock& clock)
      : options_(options), clock_(clock), began_(clock.Monotonic()), heard_(began_) {}

  void Heard() {
    heard_ = clock_.Monotonic();
    any_ = true;
  }
  /// Why it is over, once it is.
  const std::optional<ProviderError>& Ended() {
    const MonotonicTime now = clock_.Monotonic();
    const Duration silence = any_ ? options_.silence : options_.first_silence;
    if (options_.cancelled && options_.cancelled()) {
      why_ = ErrorOf(Fault::kTimeout, "it was not wanted any more");
    } else if (now - began_ >= options_.deadline) {
      why_ = ErrorOf(Fault::kTimeout, "the answer was not whole in time");
    } else if (now - heard_ >= silence) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silence).count();
      why_ = ErrorOf(Fault::kTimeout,
                     "nothing came for " + std::to_string(std::max<long long>(seconds, 1)) + " s");
    }
    return why_;
  }
  const std::optional<ProviderError>& why() const { return why_; }

 private:
  const StreamOptions& options_;
  const Clock& clock_;
  const MonotonicTime began_;
  MonotonicTime heard_;
  bool any_ = false;
  std::optional<ProviderError> why_;
};

}  // namespace

void ChatStreamReader::TakeHead(int code, const HttpHeaders& headers) {
  whole_.code = code;
  whole_.headers = headers;
  // A server that cannot stream answers as if it had not been asked to.
  const bool answers_at_once = format_.framing == Framing::kEvents && IsWholeJson(headers);
  streams_ = code >= 200 && code < 300 && !answers_at_once;
}

bool ChatStreamReader::Take(std::string_view bytes) {
  if (!streams_) return TakeWhole(bytes);
  if (splitter_.Add(bytes, [this](std::string_view piece) { return TakePiece(piece); }))
    return true;
  if (!splitter_.too_long()) return false;
  return Fail(Malformed("a piece of the stream is too long"));
}

bool ChatStreamReader::TakeWhole(std::string_view bytes) {
  if (body_.size() + bytes.size() > kMaxAnswerBytes)
    return Fail(Malformed("the reply is too long"));
  body_ += bytes;
  return true;
}

bool ChatStreamReader::TakePiece(std::string_view piece) {
  if (piece == kDone) {
    partial_.closed = true;
    return false;
  }
  std::string clean(piece);
  TakeOutKey(key_, clean);  // before an error's message is cut, a key in it with it
  const Result<Value> value = ParseJson(clean);
  if (!value.ok() || !value->is_object()) {
    // At the end it is one that broke off.
    return finishing_ ? false : Fail(Malformed("a piece of the stream is no JSON object"));
  }
  if (auto error = ErrorIn(format_, *value)) return Fail(*std::move(error));
  format_.read_piece(*value, partial_);
  if (partial_.answer.text.size() > kMaxAnswerBytes)
    return Fail(Malformed("the answer is too long"));
  HandOn();
  return !partial_.closed;
}

void ChatStreamReader::HandOn() {
  std::string& text = partial_.answer.text;
  TakeOutKey(key_, text, handed_on_);
  const auto fresh = std::string_view(text).substr(handed_on_);
  const auto sure = fresh.substr(0, fresh.size() - BeginningOf(key_, fresh));
  if (!sure.empty() && on_text_) on_text_(sure);
  handed_on_ += sure.size();
}

// There comes no more that could make a key of it; most of one is not shown either.
void ChatStreamReader::HandOnRest() {
  std::string& text = partial_.answer.text;
  TakeOutKey(key_, text, handed_on_);
  const std::size_t begun = BeginningOf(key_, std::string_view(text).substr(handed_on_));
  if (begun >= kLeastKeyBytes) text.replace(text.size() - begun, begun, kInsteadOfKey);
  const auto rest = std::string_view(text).substr(handed_on_);
  if (!rest.empty() && on_text_) on_text_(rest);
  handed_on_ = partial_.answer.text.size();
}

bool ChatStreamReader::Fail(ProviderError error) {
  partial_.error = std::move(error);
  partial_.closed = true;
  return false;
}

void ChatStreamReader::FinishWhole(WallTime now) {
  TakeOutKey(key_, body_);
  whole_.body.emplace_back(std::move(body_));
  AnswerOrError read = ReadReply(format_, whole_, now);
  if (auto* error = std::get_if<ProviderError>(&read)) {
    Fail(std::move(*error));
    return;
  }
  partial_.answer = std::get<ChatAnswer>(std::move(read));
  partial_.ended = true;
}

StreamedChat ChatStreamReader::Finish(const Status& transport, WallTime now) {
  finishing_ = true;
  if (!partial_.closed && transport.ok()) {
    if (streams_) {
      (void)splitter_.Finish([this](std::string_view piece) { return TakePiece(piece); });
    } else {
      FinishWhole(now);
    }
  }
  HandOnRest();
  StreamedChat chat{std::move(partial_.answer), std::move(partial_.error)};
  if (chat.error) return chat;
  // An answer that was finished stands, whatever became of the connection.
  if (!partial_.ended && !(partial_.closed && !chat.answer.text.empty())) {
    chat.error = transport.ok()
                     ? ErrorOf(Fault::kUnreachable, "the stream ended before the answer did")
                     : ErrorOfTransport(transport);
  } else if (chat.answer.text.empty()) {
    chat.error = Malformed("the answer has no text");
  }
  return chat;
}

StreamedChat StreamChat(HttpTransport& transport, const Provider& provider, const ChatRequest& chat,
                        const StreamOptions& options, const Clock& clock) {
  const WireFormat* format = WireFormatNamed(provider.api);
  if (format == nullptr)
    return {{}, ErrorOf(Fault::kRequest, "no api is named \"" + provider.api + "\"")};
  ChatStreamReader reader(*format, options.on_text, provider.api_key);
  Patience patience(options, clock);
  HttpTransport::StreamSink sink;
  sink.on_headers = [&](int code, const HttpHeaders& headers) {
    reader.TakeHead(code, headers);
    return true;
  };
  sink.on_piece = [&](std::string_view bytes) {
    patience.Heard();
    return reader.Take(bytes);
  };
  sink.cancelled = [&] { return patience.Ended().has_value(); };
  const Status ended = transport.Stream(format->encode_stream(chat, provider), sink);
  StreamedChat streamed = reader.Finish(ended, clock.Now());
  if (patience.why() && streamed.error) streamed.error = patience.why();
  if (streamed.error) TakeOutKey(provider.api_key, streamed.error->message);
  return streamed;
}

}  // namespace noizy::model
