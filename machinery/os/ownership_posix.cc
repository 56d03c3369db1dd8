#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "machinery/os/fd.h"
#include "machinery/os/ownership.h"

namespace noizy {

Status RequireOwned(const std::string& path) {
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0) return SystemError("look at " + path, errno);
  const uid_t self = ::geteuid();
  if (facts.st_uid == self) return Status::Ok();
  return Forbidden(path + " belongs to the user with id " + std::to_string(facts.st_uid) +
                   ", and this one has id " + std::to_string(self));
}

}  // namespace noizy
