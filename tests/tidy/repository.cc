#include "tests/tidy/repository.h"

#include <gtest/gtest.h>
#include <stdio.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

namespace noizy::tidy {
namespace {

std::string Output(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0;
       pipe && (got = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    out.append(buffer.data(), got);
  }
  return out;
}

bool IsText(std::string_view text) {
  return text.find('\0') == std::string_view::npos;
}

}  // namespace

Repository Repository::Load(const std::string& root) {
  const std::string listing = Output("git -C '" + root + "' ls-files -z");
  EXPECT_FALSE(listing.empty()) << "git ls-files lists nothing in " << root;
  Repository repository;
  std::istringstream paths(listing);
  for (std::string path; std::getline(paths, path, '\0');) {
    const std::filesystem::path file = std::filesystem::path(root) / path;
    if (!std::filesystem::is_regular_file(file)) continue;  // deleted, not committed yet
    std::ifstream in(file, std::ios::binary);
    repository.Add(path, {std::istreambuf_iterator<char>(in), {}});
  }
  return repository;
}

Repository Repository::Of(const std::map<std::string, std::string>& texts) {
  Repository repository;
  for (const auto& [path, text] : texts) repository.Add(path, text);
  return repository;
}

bool Repository::HasPath(const std::string& path) const {
  if (Has(path)) return true;
  const std::string folder = path.ends_with('/') ? path : path + "/";
  const auto next = files_.lower_bound(folder);
  return next != files_.end() && next->first.starts_with(folder);
}

void Repository::Add(const std::string& path, std::string text) {
  TrackedFile& file = files_[path];
  file.bytes = text.size();
  if (!IsText(text)) return;
  file.text = std::move(text);
  if (IsCpp(path)) file.source = ParseSource(file.text);
}

bool IsHeader(std::string_view path) {
  return path.ends_with(".h");
}
bool IsBody(std::string_view path) {
  return path.ends_with(".cc");
}
bool IsProduct(std::string_view path) {
  return !path.starts_with("tests/") && !path.starts_with("bench/");
}

std::string FolderOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}
std::string FileNameOf(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}
std::string StemOf(std::string_view path) {
  const std::string name = FileNameOf(path);
  return name.substr(0, name.rfind('.'));
}

std::string At(std::string_view path, std::size_t line, std::string_view message) {
  return std::string(path) + ":" + std::to_string(line) + ": " + std::string(message);
}

}  // namespace noizy::tidy
