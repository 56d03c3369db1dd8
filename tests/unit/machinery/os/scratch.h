// A folder of a test's own, removed with all it holds.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "machinery/os/files.h"

namespace noizy {

class ScratchFolder {
 public:
  ScratchFolder() : path_("/tmp/noizy-test-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~ScratchFolder() { (void)RemoveTree(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace noizy
