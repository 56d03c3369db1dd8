// A question whose answer is handed on while it is written: over server-sent events (OpenAI,
// Anthropic, Gemini) or a JSON document a line (Ollama).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "machinery/base/clock.h"
#include "machinery/model/chat.h"
#include "machinery/model/piece_splitter.h"
#include "machinery/model/provider.h"
#include "machinery/model/wire_format.h"
#include "machinery/transport/http.h"

namespace noizy::model {

/// One piece of a stream.
inline constexpr std::size_t kMaxPieceBytes = std::size_t{1} << 20;
/// A whole answer, and the body of a reply that is no stream.
inline constexpr std::size_t kMaxAnswerBytes = std::size_t{16} << 20;

using OnText = std::function<void(std::string_view text)>;

struct StreamedChat {
  /// What came, though it may have broken off.
  ChatAnswer answer;
  /// Why it is no whole answer. With kTruncated it is one up to its token limit.
  std::optional<ProviderError> error;
};

/// Reads one streamed reply: its head, its body in whatever cuts, its end. No I/O, no clock. `key`
/// is taken out of what comes, however it was cut (TakeOutKey): text that may be the beginning of
/// it is handed on once it is known to be none.
class ChatStreamReader {
 public:
  ChatStreamReader(const WireFormat& format, OnText on_text, std::string key = {})
      : format_(format),
        on_text_(std::move(on_text)),
        key_(std::move(key)),
        splitter_(format.framing, kMaxPieceBytes) {}

  void TakeHead(int code, const HttpHeaders& headers);
  /// False when no more is wanted: the answer is whole, or can never be.
  bool Take(std::string_view bytes);
  /// The reply is over; `transport` says how its connection fared.
  StreamedChat Finish(const Status& transport, WallTime now);

 private:
  bool TakePiece(std::string_view piece);
  bool TakeWhole(std::string_view bytes);
  void FinishWhole(WallTime now);
  void HandOn();
  void HandOnRest();
  bool Fail(ProviderError error);

  const WireFormat& format_;
  const OnText on_text_;
  const std::string key_;
  PieceSplitter splitter_;
  PartialAnswer partial_;
  std::size_t handed_on_ = 0;  // of the answer's text
  HttpReply whole_;            // of a reply that is no stream
  std::string body_;
  bool streams_ = true;
  bool finishing_ = false;
};

struct StreamOptions {
  /// Everything is over by then; the largest duration: never.
  Duration deadline = Duration::max();
  /// The longest silence before the first byte, in which a server may load the model.
  Duration first_silence = std::chrono::minutes(10);
  /// The longest silence between two pieces after it, comments included.
  Duration silence = std::chrono::minutes(2);
  /// Polled several times a second; true ends it.
  std::function<bool()> cancelled = {};
  OnText on_text = {};
};

/// Blocks until the answer is whole, broken, late or not wanted any more. Once a part was handed on
/// nothing is asked again: who needs that asks for the whole answer (ModelClient).
StreamedChat StreamChat(HttpTransport& transport, const Provider& provider, const ChatRequest& chat,
                        const StreamOptions& options, const Clock& clock);

}  // namespace noizy::model
