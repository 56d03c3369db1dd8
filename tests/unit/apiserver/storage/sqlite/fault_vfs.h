// SQLite on a disk that fails when told to.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstring>

namespace noizy::apiserver {

/// While it lives, every database opened goes through it to the real files. It counts the calls
/// that change a disk (write, truncate, flush) and fails some of them. Flushes that do not fail are
/// skipped: these tests kill no power. One at a time; thread-safe.
class FaultVfs {
 public:
  FaultVfs() {
    instance_ = this;
    real_ = sqlite3_vfs_find(nullptr);
    vfs_ = *real_;
    vfs_.zName = "fault";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = &FaultVfs::Open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FaultVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
    instance_ = nullptr;
  }
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  /// Fails `times` calls with SQLite's `code`, after `good` more that succeed.
  void Fail(int good, int times, int code) {
    code_ = code;
    failed_ = 0;
    good_left_ = good;
    failures_left_ = times;
  }
  /// As Fail, but flushes alone count.
  void FailFlush(int times) {
    Fail(0, times, SQLITE_IOERR_FSYNC);
    flushes_only_ = true;
  }
  void Heal() {
    failures_left_ = 0;
    flushes_only_ = false;
  }
  /// How many calls were failed since Fail.
  int failed() const { return failed_; }

 private:
  struct File {
    sqlite3_file base;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static sqlite3_file* Real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

  enum class Call { kChange, kFlush };
  // SQLITE_OK, or what this call is to fail with.
  int Judge(Call call) {
    if (failures_left_ == 0 || (flushes_only_ && call != Call::kFlush)) return SQLITE_OK;
    if (good_left_ > 0) {
      --good_left_;
      return SQLITE_OK;
    }
    --failures_left_;
    ++failed_;
    return code_;
  }

  static int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    std::memset(file, 0, sizeof(File));
    const int code = instance_->real_->xOpen(instance_->real_, name, Real(file), flags, out);
    if (Real(file)->pMethods != nullptr) file->pMethods = Methods();
    return code;
  }
  static int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    const int fault = instance_->Judge(Call::kChange);
    return fault != SQLITE_OK ? fault : Real(file)->pMethods->xWrite(Real(file), bytes, size, at);
  }
  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    const int fault = instance_->Judge(Call::kChange);
    return fault != SQLITE_OK ? fault : Real(file)->pMethods->xTruncate(Real(file), size);
  }
  static int Sync(sqlite3_file*, int) { return instance_->Judge(Call::kFlush); }

  static int Close(sqlite3_file* file) { return Real(file)->pMethods->xClose(Real(file)); }
  static int Read(sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
    return Real(file)->pMethods->xRead(Real(file), out, size, at);
  }
  static int FileSize(sqlite3_file* file, sqlite3_int64* size) {
    return Real(file)->pMethods->xFileSize(Real(file), size);
  }
  static int Lock(sqlite3_file* file, int level) {
    return Real(file)->pMethods->xLock(Real(file), level);
  }
  static int Unlock(sqlite3_file* file, int level) {
    return Real(file)->pMethods->xUnlock(Real(file), level);
  }
  static int CheckReserved(sqlite3_file* file, int* out) {
    return Real(file)->pMethods->xCheckReservedLock(Real(file), out);
  }
  static int Control(sqlite3_file* file, int op, void* argument) {
    return Real(file)->pMethods->xFileControl(Real(file), op, argument);
  }
  static int SectorSize(sqlite3_file* file) {
    return Real(file)->pMethods->xSectorSize(Real(file));
  }
  static int Traits(sqlite3_file* file) {
    return Real(file)->pMethods->xDeviceCharacteristics(Real(file));
  }

  // Version 1 has no shared memory: SQLite then accepts a write-ahead log in exclusive locking mode
  // only, as ours is.
  static const sqlite3_io_methods* Methods() {
    static const sqlite3_io_methods methods = [] {
      sqlite3_io_methods table{};
      table.iVersion = 1;
      table.xClose = &Close;
      table.xRead = &Read;
      table.xWrite = &Write;
      table.xTruncate = &Truncate;
      table.xSync = &Sync;
      table.xFileSize = &FileSize;
      table.xLock = &Lock;
      table.xUnlock = &Unlock;
      table.xCheckReservedLock = &CheckReserved;
      table.xFileControl = &Control;
      table.xSectorSize = &SectorSize;
      table.xDeviceCharacteristics = &Traits;
      return table;
    }();
    return &methods;
  }

  static inline FaultVfs* instance_ = nullptr;
  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs vfs_{};
  std::atomic<int> code_ = SQLITE_IOERR;
  std::atomic<int> good_left_ = 0;
  std::atomic<int> failures_left_ = 0;
  std::atomic<int> failed_ = 0;
  std::atomic<bool> flushes_only_ = false;
};

}  // namespace noizy::apiserver
