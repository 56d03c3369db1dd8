// A file that grows to its end while its SHA-256 is taken.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/os/fd.h"

namespace noizy {

/// A private file, written once from its start to its end. For one thread at a time; blocks on the
/// disk. It stays when this object goes, whole or not.
class DigestedFile {
 public:
  /// Replaces what is at `path`.
  static Result<DigestedFile> Create(const std::string& path);
  DigestedFile(DigestedFile&&) noexcept;
  DigestedFile& operator=(DigestedFile&&) noexcept;
  ~DigestedFile();

  /// ServiceUnavailable when the disk is full.
  Status Append(std::string_view bytes);
  /// Makes what was appended durable and returns its digest, in lower-case hex. The last call.
  Result<std::string> Finish();
  std::int64_t size() const { return size_; }

 private:
  struct Digest;
  DigestedFile(UniqueFd fd, std::unique_ptr<Digest> digest);

  UniqueFd fd_;
  std::unique_ptr<Digest> digest_;
  std::int64_t size_ = 0;
};

}  // namespace noizy
