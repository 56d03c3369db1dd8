// Files in one file, as tar has it (POSIX ustar): a backup can be looked into with what every
// machine has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"

namespace noizy::apiserver {

/// A regular file in an archive.
struct TarFile {
  std::string name;  // up to 100 bytes
  std::string content;
  bool operator==(const TarFile&) const = default;
};

/// The archive; files get mode 0600. The name must fit.
Result<std::string> WriteTar(const std::vector<TarFile>& files);
/// What WriteTar made. BadRequest for an archive that was cut short, whose headers do not match
/// their checksums, or that holds anything but files.
Result<std::vector<TarFile>> ReadTar(std::string_view archive);

}  // namespace noizy::apiserver
