// Files as the grid keeps them: private, written whole or not at all, and durable before anybody is
// told so.
//
// Every function names the path in its error. NotFound: there is no such file or folder; Forbidden:
// the modes refuse it; ServiceUnavailable: the disk is full. Nothing here keeps state; all of it
// blocks on the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/os/fd.h"

namespace noizy {

/// Readable by the owner alone. Keys, tokens, payloads and outputs are nobody else's business.
inline constexpr unsigned kPrivateFileMode = 0600;
inline constexpr unsigned kPrivateFolderMode = 0700;
/// ReadFile refuses more unless told otherwise: no file of ours is bigger, and memory is not a
/// stranger's to spend.
inline constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;

/// What must have happened when a write returns.
enum class Durability : std::uint8_t {
  kAtomic,   // readers see the old or the new content; survives the process
  kDurable,  // kAtomic, and the content survives a power cut (fsync of file and folder)
};

bool FileExists(const std::string& path);
/// Makes `path` and what is missing above it, with `mode`. Ok when it is there already.
Status MakeFolders(const std::string& path, unsigned mode = kPrivateFolderMode);
/// Names in a folder, sorted, without "." and "..".
Result<std::vector<std::string>> ListFolder(const std::string& path);
/// RequestEntityTooLarge for more than `max_bytes`.
Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes = kMaxFileBytes);
/// Up to `max_bytes` from `offset` on; fewer, or none, at the end.
Result<std::string> ReadFileAt(const std::string& path, std::int64_t offset, std::size_t max_bytes);
Result<UniqueFd> OpenToRead(const std::string& path);
/// Makes a private file when there is none; each write goes to its end.
Result<UniqueFd> OpenToAppend(const std::string& path);
/// Replaces `path` through a temporary file beside it. Never leaves a torn file under `path`.
Status WriteFileAtomically(const std::string& path, std::string_view content,
                           Durability durability = Durability::kDurable,
                           unsigned mode = kPrivateFileMode);
/// Makes the folder's entries durable.
Status SyncFolder(const std::string& path);
/// Removes a file, or a folder with all it holds; symbolic links are removed, not followed. Ok when
/// there is none.
Status RemoveTree(const std::string& path);
Status RenameFile(const std::string& from, const std::string& to);
/// Forbidden when the group or others may read or write `path`; the words say which chmod mends it.
Status RequirePrivate(const std::string& path);

/// A lock on a file, held while this object or a process that inherited fd() lives; the kernel lets
/// go of it when they die, however they die.
class FileLock {
 public:
  /// Conflict when somebody holds it. Makes the file.
  static Result<FileLock> TryAcquire(const std::string& path);
  int fd() const { return fd_.get(); }

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

/// An open file without a name that holds `content`, positioned at its start; gone when the last
/// descriptor is closed.
Result<UniqueFd> MakeAnonymousFile(std::string_view content);

}  // namespace noizy
