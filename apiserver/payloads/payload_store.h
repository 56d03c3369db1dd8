// Payloads that are too large to be part of a Task, as files named by their SHA-256.
//
//            Begin          Finish                      Commit
//   (none) ────────▶ upload ────────▶ whole, held ───────────────▶ whole, a Task refers to it
//                      │ let go of        │ let go of                   │ its last Task is gone
//                      ▼                  ▼                             ▼
//                    (none)     (none, unless a Task refers)          (none)
//
// Equal payloads are one file: a second upload of it ends in the first one's place.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "machinery/base/mutex.h"
#include "machinery/base/status.h"
#include "machinery/pki/digested_file.h"

namespace noizy::apiserver {

/// What a payload is called.
struct PayloadName {
  std::string sha256;  // lower-case hex
  std::int64_t size_bytes = 0;

  bool operator==(const PayloadName&) const = default;
};

/// More than this than any program needs at a time, and no caller can fill the disk with uploads
/// that it never ends.
inline constexpr int kMaxUploadsPerOwner = 8;

class PayloadUpload;

/// Thread-safe. Outlives its uploads.
class PayloadStore {
 public:
  /// `max_bytes`: of one payload. `remove` deletes a file, which may take a while, where that
  /// disturbs nobody.
  PayloadStore(std::string folder, std::int64_t max_bytes,
               std::function<void(const std::string& path)> remove)
      : folder_(std::move(folder)), max_bytes_(max_bytes), remove_(std::move(remove)) {}

  /// Makes the folder and clears away what an earlier process left half done. Blocks. Called once,
  /// before all else.
  Status Open();

  /// Begins a payload that `owner` sends. TooManyRequests past kMaxUploadsPerOwner. Blocks.
  Result<std::unique_ptr<PayloadUpload>> Begin(const std::string& owner);

  /// Up to `max_bytes` of a payload from `offset` on; none at its end. NotFound when it is not
  /// there. Blocks.
  Result<std::string> Read(const std::string& sha256, std::int64_t offset,
                           std::size_t max_bytes) const;

  /// The Task of that uid refers to the payload.
  void Refer(const std::string& sha256, const std::string& uid);
  /// It does no longer; the payload goes with its last Task.
  void Forget(const std::string& sha256, const std::string& uid);
  /// Every Task there is has been told: payloads without one go. Before the first Sweep none does.
  /// Blocks for the folder's list.
  void Sweep();

 private:
  friend class PayloadUpload;
  /// Who keeps a payload.
  struct Kept {
    int uploads = 0;              // whole, and their Tasks not made yet
    std::set<std::string> tasks;  // uids
    std::set<std::string> gone;   // Tasks that went before their upload heard that they were made
  };

  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }
  Result<PayloadName> Publish(const std::string& upload, PayloadName name);
  void Settle(const std::string& sha256, const std::string& uid);
  void EndUpload(const std::string& owner, const std::string& upload);
  void RemoveIfUnused(const std::string& sha256) NOIZY_REQUIRES(mutex_);

  const std::string folder_;
  const std::int64_t max_bytes_;
  const std::function<void(const std::string& path)> remove_;
  Mutex mutex_;
  bool swept_ NOIZY_GUARDED_BY(mutex_) = false;  // all references are known
  std::int64_t names_ NOIZY_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int> owners_ NOIZY_GUARDED_BY(mutex_);  // their uploads
  std::map<std::string, Kept> kept_ NOIZY_GUARDED_BY(mutex_);   // by digest
};

/// A payload on its way in; letting go of it leaves nothing of what nobody refers to. For one
/// thread at a time; blocks on the disk.
class PayloadUpload {
 public:
  PayloadUpload(PayloadStore& store, std::string owner, std::string name, DigestedFile file)
      : store_(store), owner_(std::move(owner)), name_(std::move(name)), file_(std::move(file)) {}
  PayloadUpload(const PayloadUpload&) = delete;
  PayloadUpload& operator=(const PayloadUpload&) = delete;
  ~PayloadUpload();

  /// RequestEntityTooLarge past the store's bound, ServiceUnavailable when the disk is full.
  Status Append(std::string_view bytes);
  /// Makes the payload durable under its name, and keeps it there.
  Result<PayloadName> Finish();
  /// The Task of that uid was made and refers to it.
  void Commit(const std::string& uid);

 private:
  PayloadStore& store_;
  const std::string owner_;
  const std::string name_;  // of the file, until Finish
  DigestedFile file_;
  std::string held_;  // the digest, between Finish and Commit
};

}  // namespace noizy::apiserver
