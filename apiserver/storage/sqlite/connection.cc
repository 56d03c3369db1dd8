#include "apiserver/storage/sqlite/connection.h"

#include <sqlite3.h>

#include <utility>

namespace noizy::apiserver {
namespace {

// What whoever runs the server can do about it.
const char* Mend(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "free space on its disk, and writes go on by themselves";
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "make the file and its folder writable for the server's user";
    case SQLITE_CANTOPEN:
      return "check that the folder exists and that the server's user may write to it";
    case SQLITE_IOERR:
      return "check the disk and its cables in the kernel's log";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "close the other program that has the file open";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "keep a copy of the file and restore the latest backup";
    case SQLITE_NOMEM:
      return "give the server more memory";
    default:
      return "see https://www.sqlite.org/rescode.html";
  }
}

Status DiskError(sqlite3* database) {
  const int code = sqlite3_extended_errcode(database);
  const char* file = sqlite3_db_filename(database, "main");
  return Unavailable(std::string("the database ") + (file == nullptr ? "" : file) +
                     " failed: " + sqlite3_errmsg(database) + " (SQLite code " +
                     std::to_string(code) + "): " + Mend(code));
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::Note(int code) {
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
}

void Statement::Bind(int parameter, std::int64_t value) {
  Note(sqlite3_bind_int64(statement_.get(), parameter, value));
}

void Statement::Bind(int parameter, std::string_view text) {
  // A null pointer would bind NULL, and an empty view may hold one.
  Note(sqlite3_bind_text64(statement_.get(), parameter, text.empty() ? "" : text.data(),
                           text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::BindBlob(int parameter, std::string_view bytes) {
  Note(sqlite3_bind_blob64(statement_.get(), parameter, bytes.empty() ? "" : bytes.data(),
                           bytes.size(), SQLITE_STATIC));
}

Status Statement::Error() const {
  return DiskError(sqlite3_db_handle(statement_.get()));
}

Result<bool> Statement::Step() {
  if (bind_error_ != SQLITE_OK) return Error();
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return Error();
  }
}

Status Statement::Run() {
  Result<bool> row = true;
  while (row.ok() && *row) row = Step();
  Reset();
  return row.status();
}

void Statement::Reset() {
  // It repeats the error of the last step, which has been reported.
  sqlite3_reset(statement_.get());
  bind_error_ = SQLITE_OK;
}

std::int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::Bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

void Connection::Close::operator()(sqlite3* database) const {
  sqlite3_close(database);
}

Result<Connection> Connection::Open(const std::string& path) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (database == nullptr) return Unavailable("cannot open " + path + ": out of memory");
  Connection connection(database);
  if (code != SQLITE_OK) return DiskError(database);
  sqlite3_extended_result_codes(database, 1);
  return connection;
}

Status Connection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status::Ok() : DiskError(database_.get());
}

Result<Statement> Connection::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return DiskError(database_.get());
  return Statement(statement);
}

Result<std::string> Connection::Ask(const char* sql) {
  NOIZY_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  NOIZY_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? std::string(statement.Bytes(0)) : std::string();
}

Result<std::int64_t> Connection::AskInteger(const char* sql) {
  NOIZY_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  NOIZY_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Integer(0) : 0;
}

bool Connection::LastErrorWasFull() const {
  return (sqlite3_extended_errcode(database_.get()) & 0xff) == SQLITE_FULL;
}

}  // namespace noizy::apiserver
