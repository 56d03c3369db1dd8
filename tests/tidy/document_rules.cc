#include <cctype>
#include <filesystem>
#include <set>

#include "tests/tidy/rules.h"

namespace noizy::tidy {
namespace {

struct Line {
  std::size_t number = 0;
  std::string_view text;
};

/// A document's lines outside of its fenced code.
std::vector<Line> Prose(std::string_view text) {
  std::vector<Line> prose;
  bool fenced = false;
  std::size_t number = 0;
  for (const std::string_view line : SplitLines(text)) {
    ++number;
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string_view::npos && line.substr(first).starts_with("```")) {
      fenced = !fenced;
    } else if (!fenced) {
      prose.push_back({number, line});
    }
  }
  return prose;
}

/// GitHub's anchor of a heading: lower case, spaces to hyphens, punctuation gone.
std::string AnchorOf(std::string_view heading) {
  std::string anchor;
  for (const char c : heading) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || byte >= 0x80) {
      anchor += static_cast<char>(std::tolower(byte));
    } else if (c == ' ') {
      anchor += '-';
    }
  }
  return anchor;
}

std::set<std::string> AnchorsIn(std::string_view text) {
  std::set<std::string> anchors;
  for (const Line& line : Prose(text)) {
    const std::size_t level = line.text.find_first_not_of('#');
    if (level == 0 || level == std::string_view::npos || line.text[level] != ' ') continue;
    anchors.insert(AnchorOf(line.text.substr(level + 1)));
  }
  return anchors;
}

/// The targets of [text](target), without titles; code spans are passed over.
std::vector<std::string> LinksIn(std::string_view line) {
  std::vector<std::string> links;
  bool code = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '`') code = !code;
    if (code || line.substr(at, 2) != "](") continue;
    const std::size_t end = line.find(')', at);
    if (end == std::string_view::npos) break;
    const std::string_view target = line.substr(at + 2, end - at - 2);
    links.emplace_back(target.substr(0, target.find(' ')));
    at = end;
  }
  return links;
}

bool IsElsewhere(std::string_view link) {
  return link.find(':') != std::string_view::npos;
}

bool Resolves(const Repository& repository, const std::string& document, const std::string& link) {
  const std::size_t hash = link.find('#');
  const std::string path = link.substr(0, hash);
  std::string target = document;
  if (!path.empty()) {
    target = (std::filesystem::path(FolderOf(document)) / path).lexically_normal().generic_string();
    while (target.ends_with('/')) target.pop_back();
  }
  if (!repository.HasPath(target) && target != "." && !target.empty()) return false;
  if (hash == std::string::npos || !target.ends_with(".md")) return true;
  return AnchorsIn(repository.files().at(target).text).contains(link.substr(hash + 1));
}

constexpr char kThreats[] = "docs/security.md";

/// The last cell of a table's row; empty for other lines, and for the headings with the line below.
std::string_view AttackedBy(std::string_view line) {
  if (!line.starts_with("| ") || !line.ends_with(" |")) return {};
  line.remove_suffix(2);
  const std::string_view cell = line.substr(line.rfind("| ") + 2);
  return cell == "attacked by" || cell == "---" ? std::string_view() : cell;
}

std::vector<std::string> CodeIn(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t begin = text.find('`'); begin != std::string_view::npos;) {
    const std::size_t end = text.find('`', begin + 1);
    if (end == std::string_view::npos) break;
    words.emplace_back(text.substr(begin + 1, end - begin - 1));
    begin = text.find('`', end + 1);
  }
  return words;
}

/// Everything that tests are written in.
std::string AllTests(const Repository& repository) {
  std::string all;
  for (const auto& [path, file] : repository.files()) {
    if (path.starts_with("tests/")) all += file.text;
  }
  return all;
}

/// `name` is a file below tests/, a script's test_…, a Suite.Test, or a Test of `suite`, which is
/// the one that was named last.
bool IsTest(const Repository& repository, const std::string& tests, const std::string& name,
            std::string& suite) {
  const auto there = [&](const std::string& text) { return tests.find(text) != std::string::npos; };
  if (name.find('/') != std::string::npos)
    return repository.Has(std::string("tests/").append(name));
  if (name.starts_with("test_")) return there("def " + name + "(");
  const std::size_t dot = name.find('.');
  if (dot != std::string::npos) suite = name.substr(0, dot);
  return there("(" + suite + ", " + name.substr(dot == std::string::npos ? 0 : dot + 1) + ")");
}

}  // namespace

Findings BrokenLinks(const Repository& repository) {
  Findings findings;
  for (const auto& [path, file] : repository.files()) {
    if (!path.ends_with(".md")) continue;
    for (const Line& line : Prose(file.text)) {
      for (const std::string& link : LinksIn(line.text)) {
        if (IsElsewhere(link) || Resolves(repository, path, link)) continue;
        findings.push_back(At(path, line.number, "the link to " + link + " leads nowhere"));
      }
    }
  }
  return findings;
}

Findings TitlesNotOne(const Repository& repository) {
  Findings findings;
  for (const auto& [path, file] : repository.files()) {
    if (!path.ends_with(".md")) continue;
    std::size_t titles = 0;
    for (const Line& line : Prose(file.text)) titles += line.text.starts_with("# ") ? 1 : 0;
    if (titles != 1)
      findings.push_back(
          At(path, 1, "has " + std::to_string(titles) + " titles (\"# …\"); one is expected"));
  }
  return findings;
}

Findings ThreatsWithoutTest(const Repository& repository) {
  Findings findings;
  if (!repository.Has(kThreats)) return findings;
  const std::string tests = AllTests(repository);
  std::string suite;
  for (const Line& line : Prose(repository.files().at(kThreats).text)) {
    const std::string_view cell = AttackedBy(line.text);
    const std::vector<std::string> names = CodeIn(cell);
    if (!cell.empty() && names.empty())
      findings.push_back(At(kThreats, line.number, "names no test that attacks it"));
    for (const std::string& name : names) {
      if (IsTest(repository, tests, name, suite)) continue;
      findings.push_back(At(kThreats, line.number, "there is no test " + name));
    }
  }
  return findings;
}

}  // namespace noizy::tidy
