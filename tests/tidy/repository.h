// The files under version control, read once; and what a rule has to say about them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source_file.h"

namespace noizy::tidy {

/// "path:line: what is wrong, and what to do instead"
using Findings = std::vector<std::string>;

struct TrackedFile {
  std::string text;
  std::size_t bytes = 0;
  /// Of C++ files only.
  SourceFile source;
};

/// Paths are relative to the root, with "/". Immutable once made.
class Repository {
 public:
  /// What `git ls-files` lists and the work tree still holds. Fails the running test when git
  /// cannot be asked.
  static Repository Load(const std::string& root);
  /// Made-up files, for the rules' own tests.
  static Repository Of(const std::map<std::string, std::string>& texts);

  const std::map<std::string, TrackedFile>& files() const { return files_; }
  bool Has(const std::string& path) const { return files_.contains(path); }
  /// True for a file, and for a folder that holds one.
  bool HasPath(const std::string& path) const;

 private:
  void Add(const std::string& path, std::string text);

  std::map<std::string, TrackedFile> files_;
};

bool IsHeader(std::string_view path);
bool IsBody(std::string_view path);
inline bool IsCpp(std::string_view path) {
  return IsHeader(path) || IsBody(path);
}
/// Code that users run: not tests, not benchmarks.
bool IsProduct(std::string_view path);
/// "a/b/c.h" → "a/b", "c.h", "c".
std::string FolderOf(std::string_view path);
std::string FileNameOf(std::string_view path);
std::string StemOf(std::string_view path);

std::string At(std::string_view path, std::size_t line, std::string_view message);

}  // namespace noizy::tidy
