#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "machinery/os/fd.h"
#include "machinery/os/user.h"

namespace noizy {
namespace {

std::vector<gid_t> GroupsOf(const std::string& name, gid_t group) {
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  if (::getgrouplist(name.c_str(), group, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(name.c_str(), group, groups.data(), &count) < 0) return {group};
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

}  // namespace

Result<User> FindUser(const std::string& name) {
  std::vector<char> room(std::size_t{64} << 10);
  passwd entry{};
  passwd* found = nullptr;
  const int error = ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (found != nullptr) {
    return User{name, entry.pw_uid, entry.pw_gid, GroupsOf(name, entry.pw_gid)};
  }
  if (error != 0) return SystemError("look up the user \"" + name + "\"", error);
  return Status(StatusReason::kNotFound, "this machine has no user \"" + name + "\"");
}

bool IsThisUser(const User& user) {
  return ::geteuid() == user.id;
}

Status GiveTo(const User& user, const std::string& path, unsigned mode) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return SystemError("open " + path, errno);
  // The modes first: once it is somebody else's, they are theirs to set.
  if (::fchmod(fd.get(), mode) != 0) return SystemError("set the modes of " + path, errno);
  return GiveTo(user, fd.get()).WithContext(path);
}

Status GiveTo(const User& user, int fd) {
  if (::fchown(fd, user.id, user.group) == 0) return Status::Ok();
  return SystemError("give it to the user \"" + user.name + "\"", errno);
}

}  // namespace noizy
