#include "tests/tidy/source_file.h"

#include <cctype>
#include <utility>

#include "tests/tidy/bracket_scanner.h"

namespace noizy::tidy {
namespace {

bool IsWordChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Splits a text into what the compiler sees (`code`, as long as the text) and what people read
/// (`comment`, likewise).
class CommentStripper {
 public:
  explicit CommentStripper(std::string_view text)
      : text_(text), code_(text.size(), ' '), comment_(text.size(), ' ') {}

  void Run() {
    while (at_ < text_.size()) Step();
  }
  const std::string& code() const { return code_; }
  const std::string& comment() const { return comment_; }

 private:
  void Step() {
    if (text_.substr(at_, 2) == "//") {
      Comment(text_.find('\n', at_));
    } else if (text_.substr(at_, 2) == "/*") {
      const std::size_t end = text_.find("*/", at_ + 2);
      Comment(end == std::string_view::npos ? end : end + 2);
    } else if (text_[at_] == '"') {
      const bool raw = at_ > 0 && text_[at_ - 1] == 'R';
      raw ? RawString() : Quoted('"');
    } else if (text_[at_] == '\'' && (at_ == 0 || !IsWordChar(text_[at_ - 1]))) {
      Quoted('\'');  // else a digit separator: 1'000
    } else {
      Keep(code_);
    }
  }

  void Keep(std::string& where) {
    where[at_] = text_[at_];
    if (text_[at_] == '\n') code_[at_] = comment_[at_] = '\n';
    ++at_;
  }

  void Comment(std::size_t end) {
    if (end == std::string_view::npos) end = text_.size();
    while (at_ < end) Keep(comment_);
  }

  void Quoted(char quote) {
    Keep(code_);
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    if (at_ < text_.size()) Keep(code_);
  }

  void RawString() {
    const std::size_t open = text_.find('(', at_);
    const std::string mark = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    const std::size_t close = text_.find(mark, open);
    const std::size_t end = close == std::string_view::npos ? text_.size() : close + mark.size();
    code_[at_] = code_[end - 1] = '"';
    for (; at_ < end; ++at_) {
      if (text_[at_] == '\n') code_[at_] = comment_[at_] = '\n';
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string code_;
  std::string comment_;
};

std::string Trimmed(std::string_view text, std::string_view blanks) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

/// Directives, with the lines their backslashes go on to.
void MarkPreprocessor(std::vector<SourceLine>& lines) {
  bool goes_on = false;
  for (SourceLine& line : lines) {
    const std::string code = Trimmed(line.code, " \t");
    line.preprocessor = goes_on || code.starts_with('#');
    goes_on = line.preprocessor && code.ends_with('\\');
  }
}

/// From the raw text, because the stripper takes "path" for a literal.
void ReadInclude(std::string_view raw, std::size_t number, std::vector<Include>& out) {
  const std::string text = Trimmed(raw, " \t");
  const std::size_t word = text.find("include");
  if (!text.starts_with('#') || word == std::string::npos) return;
  const std::size_t open = text.find_first_of("<\"", word);
  if (open == std::string::npos) return;
  const bool angled = text[open] == '<';
  const std::size_t close = text.find(angled ? '>' : '"', open + 1);
  if (close == std::string::npos) return;
  out.push_back({number, text.substr(open + 1, close - open - 1), angled});
}

}  // namespace

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<Word> Words(std::string_view code) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < code.size();) {
    if (!IsWordChar(code[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < code.size() && IsWordChar(code[end])) ++end;
    words.push_back({code.substr(at, end - at), at});
    at = end;
  }
  return words;
}

SourceFile ParseSource(std::string_view text) {
  CommentStripper stripper(text);
  stripper.Run();
  const auto raw = SplitLines(text);
  const auto code = SplitLines(stripper.code());
  const auto comment = SplitLines(stripper.comment());

  SourceFile file;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    file.lines.push_back({std::string(code[i]), Trimmed(comment[i], " \t/*"), false});
    const bool has_comment = comment[i].find_first_not_of(" \t") != std::string_view::npos;
    const bool has_code = code[i].find_first_not_of(" \t") != std::string_view::npos;
    file.filled_lines += has_comment || has_code ? 1 : 0;
    file.comment_lines += has_comment ? 1 : 0;
  }
  MarkPreprocessor(file.lines);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (file.lines[i].preprocessor) ReadInclude(raw[i], i + 1, file.includes);
  }
  ScanBrackets(file);
  return file;
}

}  // namespace noizy::tidy
