#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "machinery/os/files.h"

namespace noizy {
namespace {

Status PathError(std::string_view verb, const std::string& path) {
  return SystemError(std::string(verb) + " " + path, errno);
}

std::string FolderOf(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> ReadAll(int fd, const std::string& path, std::size_t max_bytes) {
  constexpr std::size_t kStep = std::size_t{64} << 10;
  std::string content;
  std::size_t size = 0;
  while (true) {
    if (size > max_bytes) {
      return Status(StatusReason::kRequestEntityTooLarge,
                    path + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
    content.resize(size + kStep);
    const ssize_t got = ::read(fd, content.data() + size, kStep);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return PathError("read", path);
    size += static_cast<std::size_t>(got);
    if (got == 0) break;
  }
  content.resize(size);
  return content;
}

// Fills the temporary file; its modes are set before the first byte is in it.
Status FillFile(int fd, std::string_view content, Durability durability, unsigned mode) {
  if (::fchmod(fd, mode) != 0) return SystemError("set the modes", errno);
  NOIZY_RETURN_IF_ERROR(WriteAll(fd, content));
  if (durability == Durability::kDurable && ::fsync(fd) != 0) return SystemError("sync", errno);
  return Status::Ok();
}

}  // namespace

bool FileExists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

Status MakeFolders(const std::string& path, unsigned mode) {
  for (std::size_t end = 1; end <= path.size(); ++end) {
    if (end < path.size() && path[end] != '/') continue;
    if (::mkdir(path.substr(0, end).c_str(), mode) != 0 && errno != EEXIST) {
      return PathError("make the folder", path.substr(0, end));
    }
  }
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return {StatusReason::kConflict, path + " is there and is no folder"};
  }
  return Status::Ok();
}

Result<std::vector<std::string>> ListFolder(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (!folder) return PathError("list", path);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<UniqueFd> OpenToRead(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return PathError("open", path);
  return fd;
}

Result<UniqueFd> OpenToAppend(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kPrivateFileMode));
  if (!fd) return PathError("open", path);
  return fd;
}

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  NOIZY_ASSIGN_OR_RETURN(const UniqueFd fd, OpenToRead(path));
  return ReadAll(fd.get(), path, max_bytes);
}

Result<std::string> ReadFileAt(const std::string& path, std::int64_t offset,
                               std::size_t max_bytes) {
  NOIZY_ASSIGN_OR_RETURN(const UniqueFd fd, OpenToRead(path));
  if (::lseek(fd.get(), offset, SEEK_SET) != offset) return PathError("seek in", path);
  std::string content(max_bytes, '\0');
  std::size_t size = 0;
  while (size < max_bytes) {
    NOIZY_ASSIGN_OR_RETURN(const std::size_t got,
                           ReadSome(fd.get(), std::span(content).subspan(size)));
    if (got == 0) break;
    size += got;
  }
  content.resize(size);
  return content;
}

Status WriteFileAtomically(const std::string& path, std::string_view content, Durability durability,
                           unsigned mode) {
  std::string temporary = path + ".XXXXXX";
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return PathError("make a temporary file beside", path);
  if (Status filled = FillFile(fd.get(), content, durability, mode); !filled.ok()) {
    ::unlink(temporary.c_str());
    return filled.WithContext(path);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const Status failed = PathError("replace", path);
    ::unlink(temporary.c_str());
    return failed;
  }
  return durability == Durability::kDurable ? SyncFolder(FolderOf(path)) : Status::Ok();
}

Status SyncFolder(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return PathError("sync the folder", path);
  return Status::Ok();
}

Status RemoveTree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return SystemError("remove " + path, error.value());
  return Status::Ok();
}

Status RenameFile(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return PathError("rename " + from + " to", to);
  return Status::Ok();
}

Status RequirePrivate(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return PathError("read the modes of", path);
  if ((facts.st_mode & 077U) == 0) return Status::Ok();
  return Forbidden(path + " may be read or written by others; run: chmod go= " + path);
}

Result<FileLock> FileLock::TryAcquire(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivateFileMode));
  if (!fd) return PathError("open the lock", path);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK)
      return Status(StatusReason::kConflict, path + " is held by another process");
    return PathError("lock", path);
  }
  return FileLock(std::move(fd));
}

Result<UniqueFd> MakeAnonymousFile(std::string_view content) {
  UniqueFd fd(::memfd_create("noizy", MFD_CLOEXEC));
  if (!fd) return SystemError("make an anonymous file", errno);
  NOIZY_RETURN_IF_ERROR(WriteAll(fd.get(), content));
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return SystemError("rewind an anonymous file", errno);
  return fd;
}

}  // namespace noizy
