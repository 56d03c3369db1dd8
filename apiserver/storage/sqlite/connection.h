// SQLite's C API as values with owners: a connection and its prepared statements.
//
// Every error is ServiceUnavailable and names the file, SQLite's words and the mend.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "machinery/base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace noizy::apiserver {

/// A prepared statement. Ends before its connection; used by one thread at a time. Columns and
/// parameters count as SQLite counts them: parameters from 1, columns from 0.
class Statement {
 public:
  /// Prepared by Connection::Prepare; one made here can only be assigned to.
  Statement() = default;

  /// The bytes behind a bound text or blob must stay until the statement is reset.
  void Bind(int parameter, std::int64_t value);
  void Bind(int parameter, std::string_view text);
  void BindBlob(int parameter, std::string_view bytes);

  /// True when there is a row to read.
  Result<bool> Step();
  /// Steps to the end and resets, whatever happens.
  Status Run();
  void Reset();

  std::int64_t Integer(int column) const;
  /// Text or blob; valid until the next Step or Reset.
  std::string_view Bytes(int column) const;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Status Error() const;
  void Note(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  // The first binding that failed; Step reports it.
  int bind_error_ = 0;
};

/// An open database file. Used by one thread at a time.
class Connection {
 public:
  /// Opens `path`, which must exist, for reading and writing.
  static Result<Connection> Open(const std::string& path);

  /// Runs statements that give no rows, or whose rows do not matter.
  Status Execute(const std::string& sql);
  Result<Statement> Prepare(const char* sql);
  /// The first column of the first row, as text.
  Result<std::string> Ask(const char* sql);
  /// As Ask, as a number; 0 without a row.
  Result<std::int64_t> AskInteger(const char* sql);
  /// True when the last error was a full disk (or SQLite's own size limit): the transaction is
  /// surely undone then.
  bool LastErrorWasFull() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Connection(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace noizy::apiserver
