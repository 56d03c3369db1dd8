#include <charconv>

#include "cli/jsonpath.h"

namespace noizy::cli {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

/// Reads one expression: the text between braces.
class PathReader {
 public:
  explicit PathReader(std::string_view text) : text_(text) {}

  Result<JsonPath> ReadAll() {
    NOIZY_ASSIGN_OR_RETURN(JsonPath path, ReadPath());
    SkipSpaces();
    if (at_ < text_.size()) return Fault("unexpected \"" + std::string(text_.substr(at_)) + "\"");
    return path;
  }

 private:
  Status Fault(const std::string& why) const {
    return BadRequest("JSONPath \"" + std::string(text_) + "\": " + why);
  }
  bool Peek(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool Take(char c) {
    if (!Peek(c)) return false;
    ++at_;
    return true;
  }
  bool Take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void SkipSpaces() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }

  Result<JsonPath> ReadPath() {
    JsonPath path;
    SkipSpaces();
    if (Take('$')) path.from_root = true;
    if (!path.from_root) Take('@');
    while (at_ < text_.size()) {
      if (Take("..")) {
        path.steps.push_back({.kind = JsonPathStep::Kind::kDescend});
        if (!Peek('[')) path.steps.push_back(ReadField());
      } else if (Take('.')) {
        if (at_ < text_.size() && !Peek('[') && !IsSpace(text_[at_]))
          path.steps.push_back(ReadField());
      } else if (Take('[')) {
        NOIZY_ASSIGN_OR_RETURN(JsonPathStep step, ReadBrackets());
        path.steps.push_back(std::move(step));
      } else if (path.steps.empty() && !path.from_root && IsNameStart(text_[at_])) {
        path.steps.push_back(ReadField());
      } else {
        break;
      }
    }
    return path;
  }

  static bool IsNameStart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '*';
  }

  JsonPathStep ReadField() {
    JsonPathStep step;
    constexpr std::string_view kEnds = ".[]=!<>(), \t\n|}";
    while (at_ < text_.size() && kEnds.find(text_[at_]) == std::string_view::npos) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      step.name += text_[at_++];
    }
    if (step.name == "*") step.kind = JsonPathStep::Kind::kWildcard;
    return step;
  }

  Result<JsonPathStep> ReadBrackets() {
    JsonPathStep together{.kind = JsonPathStep::Kind::kUnion};
    do {
      SkipSpaces();
      NOIZY_ASSIGN_OR_RETURN(JsonPathStep step, ReadBranch());
      together.branches.push_back(std::move(step));
      SkipSpaces();
    } while (Take(','));
    if (!Take(']')) return Fault("a \"[\" is not closed");
    if (together.branches.size() == 1) {
      JsonPathStep only = std::move(together.branches.front());
      return only;
    }
    return together;
  }

  Result<JsonPathStep> ReadBranch() {
    if (Take("?(")) return ReadFilter();
    if (Take('*')) return JsonPathStep{.kind = JsonPathStep::Kind::kWildcard};
    if (Peek('\'') || Peek('"')) {
      NOIZY_ASSIGN_OR_RETURN(std::string name, ReadQuoted());
      return JsonPathStep{.kind = JsonPathStep::Kind::kField, .name = std::move(name)};
    }
    return ReadRange();
  }

  Result<std::string> ReadQuoted() {
    const char quote = text_[at_++];
    std::string text;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      text += text_[at_++];
    }
    if (!Take(quote)) return Fault("a quote is not closed");
    return text;
  }

  std::optional<std::int64_t> ReadNumber() {
    std::int64_t number = 0;
    const auto read = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (read.ec != std::errc()) return std::nullopt;
    at_ = static_cast<std::size_t>(read.ptr - text_.data());
    return number;
  }

  Result<JsonPathStep> ReadRange() {
    JsonPathStep step{.kind = JsonPathStep::Kind::kIndex, .first = ReadNumber()};
    if (Take(':')) {
      step.kind = JsonPathStep::Kind::kSlice;
      step.last = ReadNumber();
      if (Take(':')) step.stride = ReadNumber().value_or(1);
      if (step.stride <= 0) return Fault("a slice's step must be 1 or more");
    } else if (!step.first) {
      return Fault("brackets want an index, a slice, a quoted name, * or a filter");
    }
    return step;
  }

  Result<JsonPathStep> ReadFilter() {
    auto filter = std::make_shared<JsonPathFilter>();
    NOIZY_ASSIGN_OR_RETURN(filter->left, ReadOperand());
    SkipSpaces();
    for (const std::string_view op : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (!Take(op)) continue;
      filter->op = op;
      NOIZY_ASSIGN_OR_RETURN(filter->right, ReadOperand());
      break;
    }
    SkipSpaces();
    if (!Take(')')) return Fault("a filter is not closed (it compares two operands)");
    JsonPathStep step{.kind = JsonPathStep::Kind::kFilter};
    step.filter = std::move(filter);
    return step;
  }

  Result<JsonPathOperand> ReadOperand() {
    SkipSpaces();
    if (Peek('\'') || Peek('"')) {
      NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadQuoted());
      return JsonPathOperand{.path = std::nullopt, .literal = boost::json::string(text)};
    }
    for (const auto& [word, value] :
         {std::pair<std::string_view, Value>("true", true), {"false", false}, {"null", nullptr}}) {
      if (Take(word)) return JsonPathOperand{.path = std::nullopt, .literal = value};
    }
    if (at_ < text_.size() && (Peek('-') || (text_[at_] >= '0' && text_[at_] <= '9'))) {
      double number = 0;
      const auto read = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
      if (read.ec != std::errc()) return Fault("a number could not be read");
      at_ = static_cast<std::size_t>(read.ptr - text_.data());
      return JsonPathOperand{.path = std::nullopt, .literal = number};
    }
    NOIZY_ASSIGN_OR_RETURN(JsonPath path, ReadPath());
    return JsonPathOperand{.path = std::move(path), .literal = nullptr};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

/// The text of a quoted literal inside braces, with Go's escapes.
std::string Unquoted(std::string_view quoted) {
  std::string text;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] != '\\' || i + 2 >= quoted.size()) {
      text += quoted[i];
      continue;
    }
    const char escape = quoted[++i];
    text += escape == 'n' ? '\n' : escape == 't' ? '\t' : escape == 'r' ? '\r' : escape;
  }
  return text;
}

/// The end of the braces that begin at `at`: quotes and filters inside may hold braces of their
/// own.
std::size_t EndOfBraces(std::string_view text, std::size_t at) {
  char quote = 0;
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == quote) {
        quote = 0;
      }
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '}') {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

Result<JsonPath> ParseJsonPath(std::string_view text) {
  std::string_view inner = Trimmed(text);
  if (inner.starts_with('{') && inner.ends_with('}')) inner = inner.substr(1, inner.size() - 2);
  if (inner.empty()) return BadRequest("a JSONPath such as {.status.phase} is missing");
  return PathReader(inner).ReadAll();
}

Result<JsonPathTemplate> JsonPathTemplate::Parse(std::string_view text) {
  JsonPathTemplate result;
  std::vector<std::size_t> open_ranges;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t brace = std::min(text.find('{', at), text.size());
    if (brace > at) result.segments_.push_back({.text = std::string(text.substr(at, brace - at))});
    if (brace == text.size()) break;
    const std::size_t end = EndOfBraces(text, brace);
    if (end == std::string_view::npos) {
      return BadRequest("JSONPath \"" + std::string(text) + "\": a \"{\" is not closed");
    }
    const std::string_view inner = Trimmed(text.substr(brace + 1, end - brace - 1));
    at = end + 1;
    if (inner == "end") {
      if (open_ranges.empty()) return BadRequest("JSONPath: {end} without {range}");
      result.segments_[open_ranges.back()].end = result.segments_.size();
      open_ranges.pop_back();
      result.segments_.push_back({.kind = Segment::Kind::kEnd});
    } else if (inner.starts_with('"') || inner.starts_with('\'')) {
      result.segments_.push_back({.text = Unquoted(inner)});
    } else {
      const bool is_range = inner.starts_with("range ");
      NOIZY_ASSIGN_OR_RETURN(JsonPath path,
                             PathReader(is_range ? inner.substr(6) : inner).ReadAll());
      if (is_range) open_ranges.push_back(result.segments_.size());
      result.segments_.push_back({.kind = is_range ? Segment::Kind::kRange : Segment::Kind::kPath,
                                  .path = std::move(path)});
    }
  }
  if (!open_ranges.empty()) return BadRequest("JSONPath: {range} without {end}");
  return result;
}

}  // namespace noizy::cli
