// A folder as a confined program sees it: empty memory in its place, with the way to what is shown,
// which is mounted where it was.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "machinery/os/confine.h"
#include "machinery/os/fd.h"
#include "machinery/os/files.h"

namespace noizy {
namespace {

constexpr unsigned kWayMode = 0711;  // to go through, and not to look around in

bool MayEnter(const User& user, const struct stat& folder) {
  if (folder.st_uid == user.id) return (folder.st_mode & S_IXUSR) != 0;
  const auto& groups = user.groups;
  if (std::find(groups.begin(), groups.end(), folder.st_gid) != groups.end()) {
    return (folder.st_mode & S_IXGRP) != 0;
  }
  return (folder.st_mode & S_IXOTH) != 0;
}

// The outermost folder on the way to `folder` that is closed to the user; else `folder`.
std::string FirstClosed(const std::string& folder, const User& user) {
  for (auto end = folder.find('/', 1); end != std::string::npos; end = folder.find('/', end + 1)) {
    struct stat facts {};
    const std::string above = folder.substr(0, end);
    if (::stat(above.c_str(), &facts) == 0 && !MayEnter(user, facts)) return above;
  }
  return folder;
}

// What is shown, held open over the time in which its path leads nowhere.
struct Shown {
  std::string path;
  UniqueFd held;
};

Result<std::vector<Shown>> Hold(const std::vector<std::string>& paths) {
  std::vector<Shown> all;
  for (const std::string& path : paths) {
    UniqueFd held(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!held) return SystemError("open " + path, errno);
    all.push_back({path, std::move(held)});
  }
  return all;
}

Status MakePlaceFor(const Shown& shown) {
  struct stat facts {};
  if (::fstat(shown.held.get(), &facts) != 0) return SystemError("look at " + shown.path, errno);
  if (S_ISDIR(facts.st_mode)) return MakeFolders(shown.path, kWayMode);
  NOIZY_RETURN_IF_ERROR(MakeFolders(shown.path.substr(0, shown.path.rfind('/')), kWayMode));
  return OpenToAppend(shown.path).status();
}

Status Show(const Shown& shown) {
  NOIZY_RETURN_IF_ERROR(MakePlaceFor(shown));
  const std::string source = "/proc/self/fd/" + std::to_string(shown.held.get());
  if (::mount(source.c_str(), shown.path.c_str(), nullptr, MS_BIND, nullptr) == 0) {
    return Status::Ok();
  }
  return SystemError("show " + shown.path, errno);
}

}  // namespace

bool KeepMounts() {
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
}

Status HideFolder(const Confinement& confinement) {
  if (confinement.hidden.empty()) return Status::Ok();
  std::error_code error;
  const std::string real = std::filesystem::canonical(confinement.hidden, error);
  if (error) return SystemError("find " + confinement.hidden, error.value());
  const std::string hidden = FirstClosed(real, confinement.user);
  NOIZY_ASSIGN_OR_RETURN(const auto all, Hold(confinement.shown));
  const char* options = "mode=0711,size=64k";
  if (::mount("noizy", hidden.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) != 0) {
    return SystemError("hide " + hidden, errno);
  }
  const mode_t mask = ::umask(0);
  Status shown;
  for (const Shown& one : all) {
    if (shown.ok()) shown = Show(one);
  }
  ::umask(mask);
  return shown;
}

}  // namespace noizy
