#include "machinery/diagnosis/redact.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <deque>

#include "machinery/transport/url.h"
#include "machinery/value/base64.h"
#include "machinery/value/json.h"
#include "machinery/value/utf8.h"

namespace noizy::diagnosis {
namespace {

// Shorter values stand in too many words.
constexpr std::size_t kShortValue = 4;
// Lines of a longer value that are this long are secrets of their own: a log may show one of them.
constexpr std::size_t kTellingLine = 8;
// Runs of letters and digits at least as long as this are looked at.
constexpr std::size_t kTokenLength = 20;

// In the names of what holds a secret.
constexpr std::string_view kSecretWords =
    "passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|"
    "credential";

struct Rule {
  std::string pattern;
  /// The first group stays: it says what was taken out.
  const char* rewrite = R"(\1[redacted])";
};

std::vector<Rule> MakeRules() {
  const std::string words = "(?:" + std::string(kSecretWords) + ")";
  return {// PEM, also one of which the end is missing.
          {R"((?s)(-----BEGIN [A-Z0-9 ]+-----).*?(?:-----END [A-Z0-9 ]+-----|\z))"},
          // Headers, up to the end of the line.
          {R"re((?i)\b((?:proxy-)?authorization["']?\s*[:=]\s*)[^\r\n]+)re"},
          {R"re((?i)\b((?:set-)?cookie["']?\s*:\s*)[^\r\n]+)re"},
          {R"re((?i)\b(bearer\s+)[\w.~+/=-]{6,})re"},
          // Logins in URLs and on command lines.
          {R"re(([A-Za-z][A-Za-z0-9+.-]*://)[^\s/"']*@)re", R"(\1[redacted]@)"},
          {R"re((\s(?:-u|--user)[ =])[^\s:]+:\S+)re"},
          {R"re((?i)(--?[\w-]*)re" + words + R"re(\s+)(?:"[^"]*"|'[^']*'|\S+))re"},
          // name=value, "name": "value", name: value.
          {R"re((?i)([\w.-]*)re" + words + R"re([\w.-]*["']?\s*(?:=>|:=|[:=])\s*))re" +
           R"re((?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s"',;&]+))re"},
          {R"re((?i)\b()re" + words + R"re(\s+(?:is|was)\s+)\S+)re"},
          // Keys and tokens of known shapes.
          {R"(\b()(?:(?:sk|pk|rk)[-_][\w-]{12,}|gh[a-z]_\w{16,}|github_pat_\w{16,}|)"
           R"(glpat-[\w-]{12,}|xox[a-z]-[\w-]{8,}|(?:AKIA|ASIA)[A-Z0-9]{12,}|AIza[\w-]{20,}|)"
           R"(hf_\w{16,}|npm_\w{16,}|eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?))"}};
}

struct CompiledRule {
  explicit CompiledRule(const Rule& rule) : pattern(rule.pattern), rewrite(rule.rewrite) {}
  const re2::RE2 pattern;
  const std::string rewrite;
};

const std::deque<CompiledRule>& Rules() {
  static const std::deque<CompiledRule> kRules = [] {
    std::deque<CompiledRule> compiled;
    for (const Rule& rule : MakeRules()) compiled.emplace_back(rule);
    return compiled;
  }();
  return kRules;
}

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool IsTokenCharacter(char c) {
  return IsWordCharacter(c) || c == '+' || c == '/' || c == '=' || c == '-';
}

bool IsWholeWord(std::string_view text, std::size_t at, std::size_t size) {
  const bool begins = at == 0 || !IsWordCharacter(text[at - 1]);
  return begins && (at + size == text.size() || !IsWordCharacter(text[at + size]));
}

std::string WithoutValue(std::string_view text, std::string_view value) {
  std::string rest;
  std::size_t from = 0;
  for (std::size_t at = text.find(value); at != std::string_view::npos;
       at = text.find(value, at + 1)) {
    if (at < from) continue;
    if (value.size() < kShortValue && !IsWholeWord(text, at, value.size())) continue;
    rest.append(text.substr(from, at - from)).append(kRedacted);
    from = at + value.size();
  }
  return rest.append(text.substr(from));
}

// Text of a terminal becomes text of a document.
std::string Plain(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeUtf8(text, at);
    const bool breaks = point.value == '\n' || point.value == '\t';
    const bool shows = point.bytes > 0 && (breaks || IsYamlPrintable(point.value));
    if (shows && point.value != '\r') plain.append(text.substr(at, point.bytes));
    at += std::max<std::size_t>(point.bytes, 1);
  }
  return plain;
}

int ClassOf(char c) {
  if (std::isdigit(static_cast<unsigned char>(c)) != 0) return 1;
  if (std::isupper(static_cast<unsigned char>(c)) != 0) return 2;
  return std::islower(static_cast<unsigned char>(c)) != 0 ? 3 : 0;
}

// Names and paths keep to one kind of character for a while; what was drawn at random does not.
bool LooksRandom(std::string_view run) {
  std::size_t changes = 0;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < run.size(); ++i) {
    if (ClassOf(run[i]) == 1) ++digits;
    const bool both = i > 0 && ClassOf(run[i - 1]) != 0 && ClassOf(run[i]) != 0;
    if (both && ClassOf(run[i - 1]) != ClassOf(run[i])) ++changes;
  }
  return run.size() >= kTokenLength && digits >= 2 && changes * 4 >= run.size();
}

std::string WithoutRandomRuns(std::string_view text) {
  std::string rest;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && IsTokenCharacter(text[end])) ++end;
    const std::string_view run = text.substr(at, end - at);
    rest.append(LooksRandom(run) ? kRedacted : run);
    if (end < text.size()) rest.push_back(text[end]);
    at = end + 1;
  }
  return rest;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

std::string EscapedForJson(std::string_view text) {
  std::string quoted;
  AppendJsonString(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string Base64Of(std::string_view text) {
  std::string encoded = EncodeBase64(text);
  encoded.erase(encoded.find_last_not_of('=') + 1);
  return encoded;
}

}  // namespace

void Redactor::HideForm(std::string form) {
  if (form.empty() || std::ranges::find(hidden_, form) != hidden_.end()) return;
  const auto longer = [&](const std::string& other) { return other.size() >= form.size(); };
  hidden_.insert(std::ranges::find_if_not(hidden_, longer), std::move(form));
}

void Redactor::Hide(std::string_view value) {
  const std::string_view trimmed = Trimmed(value);
  HideForm(Base64Of(value));
  HideForm(Base64Of(trimmed));
  HideForm(EscapedForJson(trimmed));
  HideForm(PercentEncode(trimmed));
  HideForm(std::string(trimmed));
  if (trimmed.find('\n') == std::string_view::npos) return;
  for (std::size_t from = 0; from < trimmed.size();) {
    const std::size_t end = std::min(trimmed.find('\n', from), trimmed.size());
    const std::string_view line = Trimmed(trimmed.substr(from, end - from));
    if (line.size() >= kTellingLine) HideForm(std::string(line));
    from = end + 1;
  }
}

std::string Redactor::Redact(std::string_view text) const {
  std::string rest(text);
  for (const std::string& value : hidden_) rest = WithoutValue(rest, value);
  // Again: characters that do not show may have stood within a value.
  rest = Plain(rest);
  for (const std::string& value : hidden_) rest = WithoutValue(rest, value);
  for (const auto& rule : Rules()) re2::RE2::GlobalReplace(&rest, rule.pattern, rule.rewrite);
  return WithoutRandomRuns(rest);
}

bool NamesASecret(std::string_view name) {
  static const re2::RE2 kPattern("(?i)" + std::string(kSecretWords) + "|auth");
  return re2::RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), kPattern);
}

}  // namespace noizy::diagnosis
