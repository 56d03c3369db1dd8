#include <stdlib.h>

#include <cerrno>
#include <cstdlib>

#include "machinery/os/fd.h"
#include "machinery/os/files.h"
#include "machinery/os/temporary_folder.h"

namespace noizy {

Result<TemporaryFolder> TemporaryFolder::Make() {
  const char* place = std::getenv("TMPDIR");
  std::string path = place == nullptr || *place == '\0' ? "/tmp" : place;
  path += "/noizy-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return SystemError("make a folder like " + path, errno);
  return TemporaryFolder(std::move(path));
}

TemporaryFolder::~TemporaryFolder() {
  if (!path_.empty()) (void)RemoveTree(path_);
}

}  // namespace noizy
