// tools/layers.txt: which folder may include which.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/repository.h"

namespace noizy::tidy {

/// Lines "folder: folder-or-file …" and "<prefix>: folder …" (a third-party header's owners); "#"
/// begins a comment.
class Layers {
 public:
  static Layers Parse(std::string_view text, Findings& faults);

  /// The longest known folder that is `folder` or above it; "" when none is.
  std::string KnownFolder(std::string_view folder) const;
  bool MayInclude(const std::string& known_folder, std::string_view path) const;

  /// The owners of a third-party header; null when nobody does.
  const std::set<std::string>* OwnersOf(std::string_view header) const;
  /// True for the folders that may include everything ("*").
  bool IsFree(const std::string& known_folder) const;
  const std::map<std::string, std::set<std::string>>& folders() const { return folders_; }

 private:
  std::map<std::string, std::set<std::string>> folders_;
  std::map<std::string, std::set<std::string>> owners_;
};

}  // namespace noizy::tidy
