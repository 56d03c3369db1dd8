// What was read out of the texts of late. OpenSSL 3 takes 0.4 ms to read a private key and 0.1 ms
// for a certificate, and control loops look at the same ones dozens of times.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "machinery/base/mutex.h"
#include "machinery/base/status.h"
#include "machinery/pki/pki.h"

namespace noizy {

/// Of each sort: what is being issued at one time.
inline constexpr std::size_t kTextsRemembered = 256;

/// Remembers at least the `most` texts asked for last and what a pure function made of them, no
/// more than twice as many. Kept by digest: no text stays, nor can one be got back. Errors are not
/// remembered. Thread-safe; `read` runs outside the lock, perhaps twice for one text.
template <typename T>
class Memo {
 public:
  explicit Memo(std::size_t most) : most_(most) {}

  template <typename Read>
  Result<T> Of(std::string_view text, const Read& read) NOIZY_EXCLUDES(mutex_) {
    const std::string digest = Sha256Hex(text);
    {
      const MutexLock lock(mutex_);
      if (const T* known = Find(digest)) return *known;
    }
    Result<T> made = read(text);
    if (!made.ok()) return made;
    const MutexLock lock(mutex_);
    Keep(digest, *made);
    return made;
  }

 private:
  using Known = std::unordered_map<std::string, T>;

  const T* Find(const std::string& digest) NOIZY_REQUIRES(mutex_) {
    if (const auto found = young_.find(digest); found != young_.end()) return &found->second;
    const auto found = old_.find(digest);
    if (found == old_.end()) return nullptr;
    return &Keep(digest, std::move(found->second));
  }
  const T& Keep(const std::string& digest, T value) NOIZY_REQUIRES(mutex_) {
    if (young_.size() >= most_) old_ = std::exchange(young_, {});
    return young_.insert_or_assign(digest, std::move(value)).first->second;
  }

  const std::size_t most_;
  Mutex mutex_;
  Known young_ NOIZY_GUARDED_BY(mutex_);
  Known old_ NOIZY_GUARDED_BY(mutex_);  // forgotten when the young ones are `most`
};

}  // namespace noizy
