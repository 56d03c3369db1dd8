#include "nodeagent/drivers/cri_log.h"

#include <array>
#include <cstdio>

#include "machinery/os/fd.h"

namespace noizy::nodeagent {

std::string Rfc3339Nano(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

Status CriLogWriter::Append(OutputStream stream, std::string_view bytes) {
  time_ = Rfc3339Nano(clock_.Now());
  std::string& waiting = waiting_[static_cast<std::size_t>(stream)];
  while (!bytes.empty()) {
    const auto newline = bytes.find('\n');
    const std::size_t room = kMaxContentBytes - waiting.size();
    const std::size_t take = std::min(std::min(newline, bytes.size()), room);
    waiting.append(bytes.substr(0, take));
    bytes.remove_prefix(take);
    if (!bytes.empty() && bytes.front() == '\n') {
      AddLine(stream, 'F', waiting);
      bytes.remove_prefix(1);
      waiting.clear();
    } else if (waiting.size() == kMaxContentBytes && !bytes.empty()) {
      AddLine(stream, 'P', waiting);
      waiting.clear();
    }
  }
  return WriteOut();
}

Status CriLogWriter::Flush(OutputStream stream) {
  std::string& waiting = waiting_[static_cast<std::size_t>(stream)];
  if (waiting.empty()) return Status::Ok();
  time_ = Rfc3339Nano(clock_.Now());
  AddLine(stream, 'P', waiting);
  waiting.clear();
  return WriteOut();
}

void CriLogWriter::AddLine(OutputStream stream, char tag, std::string_view content) {
  constexpr std::size_t kFraming = 11;  // " stdout F " and the newline
  if (truncated_) return;
  const auto line_size = static_cast<std::int64_t>(time_.size() + kFraming + content.size());
  std::string notice;
  if (size_ + static_cast<std::int64_t>(out_.size()) + line_size > cap_bytes_) {
    truncated_ = true;
    notice = "[noizy: the output beyond " + std::to_string(cap_bytes_) + " bytes is not kept]";
    content = notice;
    tag = 'F';
  }
  out_ += time_;
  out_ += stream == OutputStream::kStdout ? " stdout " : " stderr ";
  out_ += tag;
  out_ += ' ';
  out_ += content;
  out_ += '\n';
}

Status CriLogWriter::WriteOut() {
  if (out_.empty()) return Status::Ok();
  Status written = WriteAll(fd_, out_);
  size_ += static_cast<std::int64_t>(out_.size());
  out_.clear();
  return written;
}

}  // namespace noizy::nodeagent
