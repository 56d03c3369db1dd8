// Cuts the body of a streamed reply into its pieces, however the network has cut it: server-sent
// events, or one JSON document a line.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace noizy::model {

enum class Framing : std::uint8_t {
  kEvents,  // text/event-stream, as the WHATWG defines it; only the data counts
  kLines,   // NDJSON
};

/// For one stream. Bounded: a piece that is longer than the bound ends it.
class PieceSplitter {
 public:
  /// Takes a piece; false when no more are wanted.
  using OnPiece = std::function<bool(std::string_view piece)>;

  PieceSplitter(Framing framing, std::size_t max_bytes)
      : framing_(framing), max_bytes_(max_bytes) {}

  /// False once a piece is too long or no more are wanted.
  bool Add(std::string_view bytes, const OnPiece& on_piece);
  /// The body has ended: what stands there without its end is a piece, too. Some servers leave the
  /// last line's end away.
  bool Finish(const OnPiece& on_piece);
  bool too_long() const { return too_long_; }

 private:
  bool EndLine(const OnPiece& on_piece);
  bool EndEvent(const OnPiece& on_piece);
  void TakeField(std::string_view line);
  bool Keep(std::string_view bytes);

  const Framing framing_;
  const std::size_t max_bytes_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_return_ = false;  // the last line ended with CR: an LF belongs to it
  bool at_start_ = true;
  bool too_long_ = false;
};

}  // namespace noizy::model
