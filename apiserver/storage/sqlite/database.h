// The database file: how it is opened, and one durable transaction at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apiserver/storage/sqlite/connection.h"
#include "apiserver/storage/sqlite/log_table.h"
#include "apiserver/storage/store.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// One connection that both writes and checkpoints, as the only one on the file: with two, SQLite
/// before 3.51.3 can corrupt its write-ahead log. Used by one thread at a time.
class Database {
 public:
  /// Opens `path`, making it (mode 0600) and bringing it to the newest shape when needed.
  /// `max_pages` > 0 limits its size. Bodies that `codec` covers pass through it.
  static Result<std::unique_ptr<Database>> Open(std::string path, std::int64_t max_pages = 0,
                                                std::shared_ptr<BodyCodec> codec = {});

  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Adds the rows of `events` and erases those that `forgotten`, the oldest of the history, made
  /// superfluous, in one transaction. Ok: durable. An error: not visible in this database, but see
  /// MustReopen.
  Status Commit(const std::vector<StoreEventPtr>& events,
                const std::vector<StoreEventPtr>& forgotten);

  /// True after an error that leaves open whether the transaction will turn up again: Commit must
  /// not be called before Reopen and a look at what is there.
  bool MustReopen() const { return must_reopen_; }
  /// Closes and opens, replaying the write-ahead log, and makes durable what that found. log() is
  /// to be read before the next Commit, as after Open.
  Status Reopen();
  /// Lets the codec protect what it has not protected as it would today, in one transaction, and
  /// wipes what was there before out of the file and its write-ahead log. To be called once, when
  /// log() was read. Cut short anywhere, it goes on at the next call.
  Status Settle();
  /// Writes all of the database, as it is now, to the file `path`, which is made, private. Blocks
  /// for as long as reading and writing that much takes. Between transactions.
  Status CopyTo(const std::string& path);
  /// The newest revision ever committed, also when compaction has erased its row; kFirstRevision
  /// for none.
  Result<std::int64_t> HighestRevision();
  /// Writes a little, to see whether the disk does.
  Status Probe();

  LogTable& log() { return session_->log; }
  const std::string& path() const { return path_; }
  /// Of the database and its write-ahead log.
  std::uint64_t SizeBytes() const;

 private:
  struct Session {
    Connection connection;
    LogTable log;  // ends before its connection
  };

  Database(std::string path, std::int64_t max_pages, std::shared_ptr<BodyCodec> codec)
      : path_(std::move(path)), max_pages_(max_pages), codec_(std::move(codec)) {}
  Status Connect();
  Status EncodeAgain();
  Status Wipe();
  Status Write(const std::vector<StoreEventPtr>& events,
               const std::vector<StoreEventPtr>& forgotten);
  /// Undoes the transaction and notes what `error` means for the next.
  Status Fail(Status error);

  const std::string path_;
  const std::int64_t max_pages_;
  const std::shared_ptr<BodyCodec> codec_;
  std::optional<Session> session_;
  bool must_reopen_ = false;
  std::uint64_t commits_ = 0;
};

}  // namespace noizy::apiserver
