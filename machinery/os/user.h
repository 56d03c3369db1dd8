// The accounts of this machine.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "machinery/base/status.h"

namespace noizy {

struct User {
  std::string name;
  uid_t id = 0;
  gid_t group = 0;
  std::vector<gid_t> groups = {};  // all of them, `group` too

  bool operator==(const User&) const = default;
};

/// The account with that name; NotFound, in a user's words, when there is none.
Result<User> FindUser(const std::string& name);
/// Whether this process runs as `user`.
bool IsThisUser(const User& user);

/// Makes `path` the user's, with those modes. Links are not followed.
Status GiveTo(const User& user, const std::string& path, unsigned mode);
/// The same of what is open, whose modes stay.
Status GiveTo(const User& user, int fd);

}  // namespace noizy
