#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "tests/tidy/rules.h"

namespace noizy::tidy {
namespace {

/// "<vector>" and "<csignal>": the standard library's headers have neither a folder nor a suffix.
bool IsStandard(std::string_view header) {
  return header.find_first_of("./") == std::string_view::npos;
}

using Graph = std::map<std::string, std::set<std::string>>;

Graph FolderGraph(const Repository& repository) {
  Graph graph;
  for (const auto& [path, file] : repository.files()) {
    if (!IsProduct(path)) continue;
    for (const Include& include : file.source.includes) {
      if (include.angled || !repository.Has(include.path)) continue;
      const std::string from = FolderOf(path);
      const std::string to = FolderOf(include.path);
      if (from != to) graph[from].insert(to);
    }
  }
  return graph;
}

/// A cycle through the folder the search began at; empty when there is none.
class CycleSearch {
 public:
  explicit CycleSearch(const Graph& graph) : graph_(graph) {}

  std::vector<std::string> Find(const std::string& start) {
    visited_.clear();
    path_.clear();
    return Walk(start, start) ? path_ : std::vector<std::string>();
  }

 private:
  bool Walk(const std::string& at, const std::string& start) {
    path_.push_back(at);
    const auto edges = graph_.find(at);
    if (edges != graph_.end()) {
      for (const std::string& next : edges->second) {
        if (next == start) return true;
        if (visited_.insert(next).second && Walk(next, start)) return true;
      }
    }
    path_.pop_back();
    return false;
  }

  const Graph& graph_;
  std::set<std::string> visited_;
  std::vector<std::string> path_;
};

std::string Joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string(between)) + part;
  return text;
}

}  // namespace

Findings ForbiddenIncludes(const Repository& repository, const Layers& layers) {
  Findings findings;
  for (const auto& [path, file] : repository.files()) {
    if (!IsCpp(path)) continue;
    const std::string folder = layers.KnownFolder(FolderOf(path));
    if (folder.empty()) {
      findings.push_back(
          At(path, 1, "its folder has no line in tools/layers.txt; say there what it may include"));
      continue;
    }
    for (const Include& include : file.source.includes) {
      if (include.angled || layers.MayInclude(folder, include.path)) continue;
      findings.push_back(At(path, include.line,
                            folder + " may not include \"" + include.path +
                                "\" (tools/layers.txt); let the caller pass it in"));
    }
  }
  return findings;
}

Findings ThirdPartyOutOfPlace(const Repository& repository, const Layers& layers) {
  Findings findings;
  for (const auto& [path, file] : repository.files()) {
    const std::string folder = layers.KnownFolder(FolderOf(path));
    if (!IsCpp(path) || layers.IsFree(folder)) continue;
    for (const Include& include : file.source.includes) {
      if (!include.angled || IsStandard(include.path)) continue;
      const auto* owners = layers.OwnersOf(include.path);
      if (owners != nullptr && (owners->contains("*") || owners->contains(folder))) continue;
      findings.push_back(
          At(path, include.line,
             "<" + include.path + "> belongs to " +
                 (owners == nullptr ? std::string("nobody: name its owner in tools/layers.txt")
                                    : Joined({owners->begin(), owners->end()}, ", ") +
                                          "; use that folder's interface")));
    }
  }
  return findings;
}

Findings FolderCycles(const Repository& repository) {
  const Graph graph = FolderGraph(repository);
  CycleSearch search(graph);
  Findings findings;
  std::set<std::set<std::string>> seen;
  for (const auto& [folder, edges] : graph) {
    const auto cycle = search.Find(folder);
    if (cycle.empty() || !seen.insert({cycle.begin(), cycle.end()}).second) continue;
    findings.push_back("folders include each other: " + Joined(cycle, " -> ") + " -> " + folder);
  }
  return findings;
}

Findings OsConditionals(const Repository& repository) {
  static constexpr std::array kMacros = {"_WIN32",   "_WIN64",      "WIN32",     "__linux__",
                                         "linux",    "__APPLE__",   "__unix__",  "__FreeBSD__",
                                         "_MSC_VER", "__MINGW32__", "__CYGWIN__"};
  Findings findings;
  for (const auto& [path, file] : repository.files()) {
    if (path.starts_with("machinery/os/")) continue;
    for (std::size_t i = 0; i < file.source.lines.size(); ++i) {
      const SourceLine& line = file.source.lines[i];
      if (!line.preprocessor) continue;
      const auto words = Words(line.code);
      if (words.empty() || (!words[0].text.starts_with("if") && !words[0].text.starts_with("elif")))
        continue;
      const bool names_os = std::any_of(words.begin(), words.end(), [](const Word& word) {
        return std::find(kMacros.begin(), kMacros.end(), word.text) != kMacros.end();
      });
      if (names_os)
        findings.push_back(
            At(path, i + 1, "only machinery/os knows operating systems; put a function there"));
    }
  }
  return findings;
}

}  // namespace noizy::tidy
