#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <sstream>

#include "machinery/value/json.h"
#include "machinery/value/utf8.h"
#include "machinery/value/yaml.h"
#include "machinery/value/yaml_composer.h"

namespace noizy {
namespace {

/// yaml-cpp keeps every token of a line until it knows whether the line's first one is a key: 230
/// bytes of memory for each. Past this many on one line (40 MB) nobody wrote the line for YAML.
constexpr std::size_t kMaxFlowIndicatorsPerLine = 200'000;

Status FailureAt(int line, int column, const std::string& why) {
  return BadRequest("line " + std::to_string(line) + ", column " + std::to_string(column) + ": " +
                    why);
}

/// yaml-cpp's terse messages in words that say what to mend.
std::string Explain(const std::string& message) {
  static const std::pair<std::string_view, std::string_view> kPlainWords[] = {
      {"end of map not found", "expected a key at the mapping's indentation"},
      {"end of sequence not found", "expected \"- \" at the sequence's indentation"},
      {"end of map flow not found", "the { that starts here is not closed, or a comma is missing"},
      {"end of sequence flow not found",
       "the [ that starts here is not closed, or a comma is missing"},
      {"illegal map value",
       "a \":\" is not allowed here (quote the text, or check the indentation)"},
      {"illegal block entry", "a \"- \" is not allowed here (check the indentation)"},
      {"illegal EOF in scalar", "the text ends inside a quoted text: its closing quote is missing"},
      {"illegal document indicator in scalar",
       "a quoted text is not closed before the end of its document"},
      {"illegal tab when looking for indentation", "a tab is no indentation in YAML: use spaces"},
      {"unknown token", "this character cannot start a value: quote the text"},
      {"the referenced anchor is not defined", "the alias names no anchor of this document"}};
  for (const auto& [terse, plain] : kPlainWords) {
    if (message == terse) return std::string(plain);
  }
  return message;
}

/// YAML's line breaks as "\n", without the byte order mark.
std::string Normalized(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string normalized;
  normalized.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\r') {
      normalized += text[at];
    } else if (at + 1 == text.size() || text[at + 1] != '\n') {
      normalized += '\n';
    }
  }
  return normalized;
}

/// yaml-cpp replaces what is no UTF-8 and lets control characters pass: both are refused before it
/// sees them.
Status CheckCharacters(std::string_view text) {
  int line = 1;
  std::size_t line_start = 0;
  std::size_t indicators = 0;
  const auto fail = [&](std::size_t at, const std::string& why) {
    return FailureAt(line, static_cast<int>(at - line_start) + 1, why);
  };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\n') {
      ++line;
      line_start = at + 1;
      indicators = 0;
    } else if (c == ',' || c == '[' || c == '{' || c == ':') {
      if (++indicators > kMaxFlowIndicatorsPerLine)
        return fail(at, "the line is too long for YAML");
    }
    const CodePoint point = DecodeUtf8(text, at);
    if (point.bytes == 0) return fail(at, "the text is no UTF-8");
    if (!IsYamlPrintable(point.value)) return fail(at, "a control character is not allowed");
    at += point.bytes;
  }
  return Status::Ok();
}

/// yaml-cpp takes every line that begins with "%" for a directive and skips those it does not know,
/// so that such a line would be lost without a word. Directives stand before "---" only.
Status CheckDirectives(std::string_view text) {
  bool in_preamble = true;
  int line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view row = text.substr(at, end - at);
    at = end + 1;
    if (row.starts_with('%')) {
      const bool known = row.starts_with("%YAML ") || row.starts_with("%TAG ");
      if (!in_preamble || !known) {
        return FailureAt(
            line, 1,
            "a line that begins with \"%\" must be a directive (%YAML, %TAG) above \"---\"");
      }
    } else if (row.starts_with("...")) {
      in_preamble = true;
    } else if (row.find_first_not_of(" \t") != std::string_view::npos && !row.starts_with('#')) {
      in_preamble = false;
    }
  }
  return Status::Ok();
}

/// JSON objects go to the JSON parser, twenty times as fast. Whatever it does not like is YAML's,
/// which names line and column.
std::optional<Value> TryJson(std::string_view text, const YamlReadOptions& options) {
  const std::size_t start = text.find_first_not_of(" \t\n");
  if (start == std::string_view::npos || text[start] != '{') return std::nullopt;
  std::vector<std::string> duplicates;
  Result<Value> value =
      ParseJson(text, {.max_depth = options.max_depth, .duplicates = &duplicates});
  if (!value.ok() || !duplicates.empty()) return std::nullopt;
  return *std::move(value);
}

int LineOfFirstCharacter(std::string_view text) {
  const std::size_t start = std::min(text.find_first_not_of(" \t\n"), text.size());
  return 1 + static_cast<int>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(start), '\n'));
}

Result<std::vector<YamlDocument>> Compose(const std::string& text, const YamlReadOptions& options) {
  const YamlText lines(text);
  YamlComposer composer(lines, options);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(composer)) {
    }
    composer.CheckLastQuote();
    return composer.TakeDocuments();
  } catch (const YAML::Exception& failure) {
    return FailureAt(failure.mark.line + 1, failure.mark.column + 1, Explain(failure.msg));
  } catch (const std::exception& failure) {
    return BadRequest(std::string("invalid YAML: ") + failure.what());
  }
}

}  // namespace

Result<std::vector<YamlDocument>> ParseYaml(std::string_view text, const YamlReadOptions& options) {
  if (text.size() > options.max_bytes) {
    return BadRequest("the text is longer than " + std::to_string(options.max_bytes) + " bytes");
  }
  const std::string normalized = Normalized(text);
  if (std::optional<Value> json = TryJson(normalized, options)) {
    std::vector<YamlDocument> documents;
    documents.push_back({*std::move(json), LineOfFirstCharacter(normalized)});
    return documents;
  }
  NOIZY_RETURN_IF_ERROR(CheckCharacters(normalized));
  NOIZY_RETURN_IF_ERROR(CheckDirectives(normalized));
  return Compose(normalized, options);
}

}  // namespace noizy
