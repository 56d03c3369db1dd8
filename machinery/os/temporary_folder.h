// A private folder for what is on its way to somewhere else.
#pragma once

#include <string>
#include <utility>

#include "machinery/base/status.h"

namespace noizy {

/// A new folder of mode 0700 in $TMPDIR or /tmp, removed with all it holds when this goes.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> Make();
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace noizy
