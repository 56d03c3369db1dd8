#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "tests/tidy/rules.h"

namespace noizy::tidy {
namespace {

constexpr std::array kBannedNames = {"manager", "managers", "helper",    "helpers",  "util",
                                     "utils",   "utility",  "utilities", "common",   "misc",
                                     "data",    "info",     "infos",     "handler2", "types"};

/// "HttpServer", "http_server" → "http", "server".
std::vector<std::string> PartsOf(std::string_view name) {
  std::vector<std::string> parts;
  bool fresh = true;
  for (const char c : name) {
    if (c == '_' || c == '-') {
      fresh = true;
      continue;
    }
    if (fresh || std::isupper(static_cast<unsigned char>(c)) != 0) parts.emplace_back();
    parts.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    fresh = false;
  }
  return parts;
}

/// The part of the name that says nothing; "" when there is none.
std::string EmptyPart(std::string_view name) {
  for (std::string& part : PartsOf(name)) {
    if (std::find(kBannedNames.begin(), kBannedNames.end(), part) != kBannedNames.end())
      return std::move(part);
  }
  return {};
}

enum class Where : std::uint8_t { kAnywhere, kTests, kLibraries };

struct BannedWord {
  std::string_view word;
  Where where;
  bool call;  // only when a "(" follows
  std::string_view instead;
};

constexpr std::string_view kWait =
    "wait on the condition itself with a bound, or advance the FakeClock";
constexpr std::string_view kParse = "std::from_chars, which says whether it worked";
constexpr std::string_view kRandom = "the Random that was passed in";
constexpr std::string_view kOut = "return it, or LogInfo: only programs write to stdout";

constexpr std::array kBannedWords = {
    BannedWord{"sleep_for", Where::kTests, true, kWait},
    BannedWord{"sleep_until", Where::kTests, true, kWait},
    BannedWord{"usleep", Where::kTests, true, kWait},
    BannedWord{"nanosleep", Where::kTests, true, kWait},
    BannedWord{"sleep", Where::kTests, true, kWait},
    BannedWord{"regex", Where::kAnywhere, false,
               "RE2 (linear time), behind machinery/schema or machinery/value"},
    BannedWord{"atoi", Where::kAnywhere, true, kParse},
    BannedWord{"atol", Where::kAnywhere, true, kParse},
    BannedWord{"atoll", Where::kAnywhere, true, kParse},
    BannedWord{"atof", Where::kAnywhere, true, kParse},
    BannedWord{"strtol", Where::kAnywhere, true, kParse},
    BannedWord{"strtoul", Where::kAnywhere, true, kParse},
    BannedWord{"strtoll", Where::kAnywhere, true, kParse},
    BannedWord{"strtoull", Where::kAnywhere, true, kParse},
    BannedWord{"sprintf", Where::kAnywhere, true,
               "std::string and std::to_chars, which cannot overflow"},
    BannedWord{"strcpy", Where::kAnywhere, true, "std::string"},
    BannedWord{"rand", Where::kAnywhere, true, kRandom},
    BannedWord{"srand", Where::kAnywhere, true, kRandom},
    BannedWord{"system", Where::kAnywhere, true,
               "machinery/os's process functions: no shell, no quoting"},
    BannedWord{"cout", Where::kLibraries, false, kOut},
    BannedWord{"cerr", Where::kLibraries, false, kOut},
};

bool IsProgram(std::string_view path) {
  return path.starts_with("cmd/") || path.starts_with("cli/") || path.starts_with("tools/") ||
         !IsProduct(path);
}

bool Applies(Where where, std::string_view path) {
  switch (where) {
    case Where::kAnywhere:
      return true;
    case Where::kTests:
      return path.starts_with("tests/");
    case Where::kLibraries:
      return !IsProgram(path);
  }
  return true;
}

bool IsCalled(std::string_view code, const Word& word) {
  const std::size_t next = code.find_first_not_of(" ", word.offset + word.text.size());
  const bool member = word.offset > 0 &&
                      (code[word.offset - 1] == '.' || code.substr(0, word.offset).ends_with("->"));
  return next != std::string_view::npos && code[next] == '(' && !member;
}

void CheckWord(const std::string& path, std::size_t number, std::string_view code, const Word& word,
               Findings& out) {
  for (const BannedWord& banned : kBannedWords) {
    if (word.text != banned.word || !Applies(banned.where, path)) continue;
    if (banned.call && !IsCalled(code, word)) continue;
    if (!banned.call && !code.substr(0, word.offset).ends_with("std::")) continue;
    out.push_back(At(path, number,
                     std::string(banned.word) + " is banned; use " + std::string(banned.instead)));
  }
}

/// A raw new or delete says in a comment, on its line or the few above, who owns the object.
bool SaysOwner(const SourceFile& source, std::size_t index) {
  constexpr std::size_t kLinesAbove = 3;
  for (std::size_t i = index < kLinesAbove ? 0 : index - kLinesAbove; i <= index; ++i) {
    const std::string& comment = source.lines[i].comment;
    for (const char* word : {"own", "Own", "ever destroyed"}) {
      if (comment.find(word) != std::string::npos) return true;
    }
  }
  return false;
}

bool IsRawNewOrDelete(std::string_view code, const Word& word) {
  if (word.text != "new" && word.text != "delete") return false;
  std::string_view before = code.substr(0, word.offset);
  while (before.ends_with(' ')) before.remove_suffix(1);
  return !before.ends_with('=') || word.text == "new" ? !before.ends_with("operator") : false;
}

}  // namespace

Findings BannedNames(const Repository& repository) {
  Findings findings;
  for (const auto& [path, file] : repository.files()) {
    if (!IsCpp(path)) continue;
    if (const std::string part = EmptyPart(StemOf(path)); !part.empty()) {
      findings.push_back(
          At(path, 1, "\"" + part + "\" in a file's name says nothing; name what it does"));
    }
    for (const TypeName& type : file.source.types) {
      const std::string part = EmptyPart(type.name);
      if (part.empty()) continue;
      findings.push_back(
          At(path, type.line,
             "\"" + part + "\" in " + type.name + " says nothing; name what it does"));
    }
  }
  return findings;
}

Findings BannedCalls(const Repository& repository) {
  Findings findings;
  for (const auto& [path, file] : repository.files()) {
    for (std::size_t i = 0; i < file.source.lines.size(); ++i) {
      const std::string& code = file.source.lines[i].code;
      for (const Word& word : Words(code)) CheckWord(path, i + 1, code, word, findings);
    }
  }
  return findings;
}

Findings RawNewAndDelete(const Repository& repository) {
  Findings findings;
  for (const auto& [path, file] : repository.files()) {
    for (std::size_t i = 0; i < file.source.lines.size(); ++i) {
      const SourceLine& line = file.source.lines[i];
      if (line.preprocessor) continue;
      for (const Word& word : Words(line.code)) {
        if (!IsRawNewOrDelete(line.code, word) || SaysOwner(file.source, i)) continue;
        findings.push_back(
            At(path, i + 1,
               std::string(word.text) +
                   ": use std::make_unique, or say in a comment who owns the object"));
      }
    }
  }
  return findings;
}

Findings ExtraErrorEnums(const Repository& repository) {
  Findings findings;
  for (const auto& [path, file] : repository.files()) {
    if (path.starts_with("machinery/base/status")) continue;
    for (const TypeName& type : file.source.types) {
      const bool error = type.name.ends_with("Error") || type.name.ends_with("ErrorCode") ||
                         type.name.ends_with("StatusCode");
      if (type.is_enum && error) {
        findings.push_back(
            At(path, type.line, type.name + ": there is one error enum, noizy::StatusReason"));
      }
    }
  }
  return findings;
}

Findings UnfinishedMarks(const Repository& repository) {
  // Put together here, so that this file does not find itself.
  static const std::set<std::string, std::less<>> kMarks = {
      std::string("TO") + "DO", std::string("FIX") + "ME", std::string("XX") + "X"};
  Findings findings;
  for (const auto& [path, file] : repository.files()) {
    std::size_t number = 0;
    for (const std::string_view line : SplitLines(file.text)) {
      ++number;
      for (const Word& word : Words(line)) {
        if (!kMarks.contains(word.text)) continue;
        findings.push_back(
            At(path, number,
               std::string(word.text) + ": finish it, or open an issue and leave no mark"));
      }
    }
  }
  return findings;
}

}  // namespace noizy::tidy
