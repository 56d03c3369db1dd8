// What holds a program that is a stranger's: it runs as a user of its own, has no privilege and no
// way to one, sees neither its caller's processes nor its files, and makes no system call that is
// for those who run the machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/os/user.h"

namespace noizy {

struct Confinement {
  /// The caller's own, too: then what keeps the two apart is a user namespace.
  User user;
  /// Of this folder, and of one above it that is closed to the user, nothing is there but `shown`.
  /// Empty: all is left as it is.
  std::string hidden = {};
  std::vector<std::string> shown = {};  // files and folders below `hidden`
  /// Of the user, whoever started them; 0: not limited.
  std::int64_t max_processes = 0;

  bool operator==(const Confinement&) const = default;
};

/// Whether programs of this process can be held so. Tries it out with a process that ends at once;
/// the error says what is missing.
Status TryConfinement(const User& user);

/// Whether a confined program's system calls are filtered: not where this was built without
/// libseccomp.
bool FiltersSystemCalls();

}  // namespace noizy
