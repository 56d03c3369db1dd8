#include "machinery/model/piece_splitter.h"

namespace noizy::model {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

bool PieceSplitter::Add(std::string_view bytes, const OnPiece& on_piece) {
  while (!bytes.empty()) {
    if (after_return_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_return_ = false;
    const std::size_t end = bytes.find_first_of("\r\n");
    if (!Keep(bytes.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (!EndLine(on_piece)) return false;
  }
  return true;
}

bool PieceSplitter::Finish(const OnPiece& on_piece) {
  return (line_.empty() || EndLine(on_piece)) && EndEvent(on_piece);
}

bool PieceSplitter::Keep(std::string_view bytes) {
  too_long_ = too_long_ || line_.size() + data_.size() + bytes.size() > max_bytes_;
  if (!too_long_) line_ += bytes;
  return !too_long_;
}

bool PieceSplitter::EndLine(const OnPiece& on_piece) {
  std::string line;
  line.swap(line_);
  std::string_view text = line;
  if (at_start_ && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  at_start_ = false;
  if (framing_ == Framing::kLines) {
    const bool blank = text.find_first_not_of(" \t") == std::string_view::npos;
    return blank || on_piece(text);
  }
  if (text.empty()) return EndEvent(on_piece);
  TakeField(text);
  return true;
}

// "data: …". What begins with a colon is a comment, which keeps the connection alive; an event's
// name and number say nothing that its data does not.
void PieceSplitter::TakeField(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (line.substr(0, colon) != "data") return;
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (has_data_) data_ += '\n';
  data_ += value;
  has_data_ = true;
}

bool PieceSplitter::EndEvent(const OnPiece& on_piece) {
  if (!has_data_) return true;
  has_data_ = false;
  std::string data;
  data.swap(data_);
  return on_piece(data);
}

}  // namespace noizy::model
