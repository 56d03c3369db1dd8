#include "apiserver/agents/log_reader.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "machinery/meta/time.h"

namespace noizy::apiserver {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

struct CriLine {
  std::string_view time;
  bool whole = false;  // false: a piece of a longer line
  std::string_view content;
};

// "TIME STREAM TAG CONTENT"; a line of another form is all content.
CriLine Parse(std::string_view line) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  const auto third = second == std::string_view::npos ? second : line.find(' ', second + 1);
  if (third == std::string_view::npos) return {{}, true, line};
  const std::string_view tag = line.substr(second + 1, third - second - 1);
  return {line.substr(0, first), !tag.starts_with('P'), line.substr(third + 1)};
}

// Where lines begin, the pieces of a long one counted as one. `cut`: the text begins anywhere, so
// that nothing is known before the first newline.
std::vector<std::size_t> LineStarts(std::string_view text, bool cut) {
  std::vector<std::size_t> starts;
  if (cut) {
    const std::size_t whole = text.find('\n') + 1;  // 0: there is none
    std::vector<std::size_t> later = LineStarts(text.substr(whole), false);
    // The first of these may be a further piece of the line before.
    for (std::size_t i = 1; whole > 0 && i < later.size(); ++i) starts.push_back(whole + later[i]);
    return starts;
  }
  bool at_start = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = std::min(text.find('\n', at), text.size());
    if (at_start) starts.push_back(at);
    at_start = Parse(text.substr(at, newline - at)).whole;
    at = newline + 1;
  }
  return starts;
}

}  // namespace

LogReader::LogReader(LogStore& logs, LogKey key, const LogQuery& query,
                     std::function<void()> on_change)
    : logs_(logs),
      key_(std::move(key)),
      timestamps_(query.timestamps),
      since_(query.since ? FormatNanoTime(*query.since) : ""),
      left_(query.limit_bytes.value_or(std::numeric_limits<std::int64_t>::max())) {
  if (query.tail_lines) offset_ = StartOfTail(*query.tail_lines);
  if (on_change) listener_ = logs_.Listen(key_, std::move(on_change));
}

LogReader::~LogReader() {
  if (listener_) logs_.Unlisten(key_, *listener_);
}

std::string LogReader::Next() {
  std::string text;
  while (text.empty() && !ended_) {
    const bool was_ended = logs_.HasEnded(key_);  // before reading: what comes later is not missed
    const std::string data = logs_.Read(key_, offset_, kPieceBytes);
    const auto last_newline = data.rfind('\n');
    std::size_t end = last_newline == std::string::npos ? 0 : last_newline + 1;
    // A line cut off by the end of all, or longer than a piece, is given as it is.
    if (end == 0 && (was_ended || data.size() == kPieceBytes)) end = data.size();
    for (std::size_t at = 0; at < end && left_ > 0;) {
      const std::size_t newline = std::min(data.find('\n', at), end);
      AddLine(std::string_view(data).substr(at, newline - at), text);
      at = newline + 1;
    }
    offset_ += static_cast<std::int64_t>(end);
    if (left_ <= 0 || (end == 0 && was_ended)) ended_ = true;
    if (end == 0) break;
  }
  return text;
}

void LogReader::AddLine(std::string_view line, std::string& text) {
  const CriLine parsed = Parse(line);
  if (!since_.empty() && parsed.time < since_) return;
  std::string out;
  if (timestamps_ && !in_line_) out.append(parsed.time).append(" ");
  out.append(parsed.content);
  if (parsed.whole) out += '\n';
  in_line_ = !parsed.whole;
  out.resize(std::min<std::size_t>(out.size(), static_cast<std::size_t>(left_)));
  left_ -= static_cast<std::int64_t>(out.size());
  text += out;
}

std::int64_t LogReader::StartOfTail(std::int64_t lines) const {
  const std::int64_t size = logs_.StoredBytes(key_);
  if (lines <= 0) return size;
  // A window at the end of the file, doubled until it holds enough lines.
  for (auto window = static_cast<std::int64_t>(kPieceBytes);; window *= 2) {
    const std::int64_t start = std::max<std::int64_t>(0, size - window);
    const std::string data = logs_.Read(key_, start, static_cast<std::size_t>(size - start));
    const std::vector<std::size_t> starts = LineStarts(data, start > 0);
    const auto wanted = static_cast<std::size_t>(lines);
    if (starts.size() < wanted && start > 0) continue;
    if (starts.empty()) return size;
    return start +
           static_cast<std::int64_t>(starts[starts.size() - std::min(wanted, starts.size())]);
  }
}

}  // namespace noizy::apiserver
