// The file with the keys that Secrets are sealed with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"

namespace noizy::apiserver {

/// How many bytes name a key.
inline constexpr std::size_t kKeyIdBytes = 8;

/// The keys of one file, newest first: mode 0600, sealed under a passphrase where there is one. Not
/// thread-safe.
class KeyRing {
 public:
  /// Reads `path`; an empty ring when there is no such file. A file that was kept without a
  /// passphrase is sealed under `passphrase` from now on. Forbidden when others may read the file,
  /// Unauthorized when the passphrase does not open it; the words name the file and the mend.
  static Result<KeyRing> Open(std::string path, std::string passphrase);

  std::size_t size() const { return keys_.size(); }
  const std::string& path() const { return path_; }
  /// What new Secrets are sealed with. The ring must not be empty.
  const std::string& newest_id() const { return keys_.front().id; }
  /// The key of a name, or null.
  const std::string* Find(std::string_view id) const;

  /// A new newest key, durable when this returns Ok; the ring is unchanged otherwise.
  Status AddKey();
  /// Forgets all but the newest.
  Status DropOldKeys();

 private:
  struct Key {
    std::string id;
    std::string bytes;
  };
  // Made once for a passphrase and a salt: it takes a tenth of a second.
  struct Protection {
    std::string salt;
    std::string key;
  };

  explicit KeyRing(std::string path) : path_(std::move(path)) {}
  Status Load(const std::string& passphrase);
  Status Read(const std::string& text, const std::string& passphrase);
  Status Protect(const std::string& passphrase);
  Status Save(const std::vector<Key>& keys) const;

  std::string path_;
  std::vector<Key> keys_;
  std::optional<Protection> protection_;
};

}  // namespace noizy::apiserver
