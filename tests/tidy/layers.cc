#include "tests/tidy/layers.h"

#include <sstream>

namespace noizy::tidy {

Layers Layers::Parse(std::string_view text, Findings& faults) {
  Layers layers;
  std::size_t number = 0;
  for (std::string_view raw : SplitLines(text)) {
    ++number;
    const std::string line(raw.substr(0, raw.find('#')));
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) {
      faults.push_back(At("tools/layers.txt", number, "a line is \"folder: what it may include\""));
      continue;
    }
    std::string name = line.substr(0, colon);
    const bool third_party = name.starts_with('<') && name.ends_with('>');
    if (third_party) name = name.substr(1, name.size() - 2);
    auto& allowed = (third_party ? layers.owners_ : layers.folders_)[name];
    std::istringstream words(line.substr(colon + 1));
    for (std::string word; words >> word;) allowed.insert(word);
  }
  return layers;
}

std::string Layers::KnownFolder(std::string_view folder) const {
  std::string known(folder);
  while (!known.empty() && !folders_.contains(known)) known = FolderOf(known);
  return known;
}

bool Layers::MayInclude(const std::string& known_folder, std::string_view path) const {
  const auto entry = folders_.find(known_folder);
  if (entry == folders_.end()) return false;
  const std::string target = FolderOf(path);
  const std::string known_target = KnownFolder(target);
  return known_target == known_folder || entry->second.contains("*") ||
         entry->second.contains(target) || entry->second.contains(known_target) ||
         entry->second.contains(std::string(path));
}

const std::set<std::string>* Layers::OwnersOf(std::string_view header) const {
  const std::set<std::string>* owners = nullptr;
  std::size_t longest = 0;
  for (const auto& [prefix, folders] : owners_) {
    if (!header.starts_with(prefix) || prefix.size() < longest) continue;
    owners = &folders;
    longest = prefix.size();
  }
  return owners;
}

bool Layers::IsFree(const std::string& known_folder) const {
  const auto entry = folders_.find(known_folder);
  return entry != folders_.end() && entry->second.contains("*");
}

}  // namespace noizy::tidy
