#include "nodeagent/drivers/output_tail.h"

namespace noizy::nodeagent {

void OutputTail::Append(std::string_view bytes) {
  if (bytes.size() > max_bytes_) {
    cut_ = true;
    bytes.remove_prefix(bytes.size() - max_bytes_);
  }
  kept_ += bytes;
  // Cut rarely and by much, so that a byte is moved once on average.
  if (kept_.size() > 2 * max_bytes_) {
    kept_.erase(0, kept_.size() - max_bytes_);
    cut_ = true;
  }
}

std::string OutputTail::Text() const {
  std::string_view text = kept_;
  bool cut = cut_;
  if (text.size() > max_bytes_) {
    text.remove_prefix(text.size() - max_bytes_);
    cut = true;
  }
  // A character has at most three bytes after its first; more of them in a row are no UTF-8 and
  // stay as they are.
  constexpr std::size_t kMaxContinuation = 3;
  std::size_t skip = 0;
  while (cut && skip < text.size() && (static_cast<unsigned char>(text[skip]) & 0xC0U) == 0x80U)
    ++skip;
  if (skip <= kMaxContinuation) text.remove_prefix(skip);
  return std::string(text);
}

}  // namespace noizy::nodeagent
