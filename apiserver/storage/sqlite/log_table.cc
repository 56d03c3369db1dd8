#include "apiserver/storage/sqlite/log_table.h"

#include <charconv>
#include <utility>

namespace noizy::apiserver {
namespace {

constexpr char kBegin[] = "BEGIN IMMEDIATE";
constexpr char kCommit[] = "COMMIT";
constexpr char kRollback[] = "ROLLBACK";
constexpr char kInsert[] =
    "INSERT INTO log(revision, op, resource, ns, name, create_revision, checksum, body) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
// The digest loses what the row on disk had: only there does an encoded body's checksum stand.
constexpr char kErase[] = "DELETE FROM log WHERE revision = ?1 RETURNING checksum";
constexpr char kRead[] =
    "SELECT revision, op, resource, ns, name, create_revision, checksum, body FROM log "
    "ORDER BY revision";
constexpr char kReadOne[] =
    "SELECT revision, op, resource, ns, name, create_revision, checksum, body FROM log "
    "WHERE revision = ?1";
constexpr char kReplace[] = "UPDATE log SET checksum = ?2, body = ?3 WHERE revision = ?1";
constexpr char kHighest[] = "SELECT coalesce(max(revision), 0) FROM log";
constexpr char kSetting[] = "SELECT value, checksum FROM meta WHERE name = ?1";
constexpr char kSetSetting[] = "REPLACE INTO meta(name, value, checksum) VALUES(?1, ?2, ?3)";

constexpr char kDamaged[] =
    " does not match its checksum: the disk returned other bytes than were written. Nothing was "
    "changed; keep a copy of the database and restore the latest backup";

constexpr char kCompactedSetting[] = "compacted_revision";
constexpr char kDigestSetting[] = "digest";

LogRow RowOf(WriteOp::Kind kind, const StoredObject& object) {
  return {object.revision, static_cast<std::int64_t>(kind), object.key.resource, object.key.ns,
          object.key.name, object.create_revision,          object.bytes};
}

Status CheckRow(const LogRow& row, std::int64_t checksum) {
  if (RowChecksum(row) == checksum) return Status::Ok();
  return Internal("the row of " + NameOf(row) + kDamaged);
}

}  // namespace

Result<LogTable> LogTable::Prepare(Connection& connection, std::shared_ptr<BodyCodec> codec) {
  LogTable table;
  table.codec_ = std::move(codec);
  const std::pair<Statement*, const char*> statements[] = {
      {&table.begin_, kBegin},
      {&table.commit_, kCommit},
      {&table.rollback_, kRollback},
      {&table.insert_, kInsert},
      {&table.erase_, kErase},
      {&table.read_, kRead},
      {&table.read_one_, kReadOne},
      {&table.replace_, kReplace},
      {&table.highest_, kHighest},
      {&table.setting_, kSetting},
      {&table.set_setting_, kSetSetting},
  };
  for (const auto& [statement, sql] : statements) {
    NOIZY_ASSIGN_OR_RETURN(*statement, connection.Prepare(sql));
  }
  return table;
}

Status LogTable::Begin() {
  committed_digest_ = digest_;
  committed_saved_digest_ = saved_digest_;
  return begin_.Run();
}

Status LogTable::Commit() {
  return commit_.Run();
}

void LogTable::Rollback() {
  digest_ = committed_digest_;
  saved_digest_ = committed_saved_digest_;
  // Fails when there is no transaction: after most disk errors SQLite has rolled back by itself.
  const Status ignored = rollback_.Run();
  static_cast<void>(ignored);
}

Status LogTable::Insert(WriteOp::Kind kind, const StoredObject& object) {
  LogRow row = RowOf(kind, object);
  if (codec_ == nullptr || !codec_->Covers(row.resource)) return InsertRow(row);
  NOIZY_ASSIGN_OR_RETURN(const std::string encoded, codec_->Encode(row));
  row.body = encoded;
  return InsertRow(row);
}

Status LogTable::InsertRow(const LogRow& row) {
  const std::int64_t checksum = RowChecksum(row);
  insert_.Bind(1, row.revision);
  insert_.Bind(2, row.op);
  insert_.Bind(3, row.resource);
  insert_.Bind(4, row.ns);
  insert_.Bind(5, row.name);
  insert_.Bind(6, row.create_revision);
  insert_.Bind(7, checksum);
  insert_.BindBlob(8, row.body);
  digest_.Add(row.revision, checksum);
  return insert_.Run();
}

Status LogTable::Erase(std::int64_t revision) {
  erase_.Bind(1, revision);
  const Result<bool> row = erase_.Step();
  // A row that is not there stays in the digest, and so is missed at the next start.
  if (row.ok() && *row) digest_.Remove(erase_.Integer(0));
  const Status status = row.ok() && *row ? erase_.Run() : row.status();
  erase_.Reset();
  return status;
}

Result<std::size_t> LogTable::EncodeAgain() {
  std::size_t count = 0;
  for (const std::int64_t revision : covered_) {
    NOIZY_ASSIGN_OR_RETURN(const bool changed, EncodeRowAgain(revision));
    count += changed ? 1 : 0;
  }
  return count;
}

Result<bool> LogTable::EncodeRowAgain(std::int64_t revision) {
  read_one_.Bind(1, revision);
  const Result<bool> found = read_one_.Step();
  Status status = found.status();
  const bool stale = found.ok() && *found && !codec_->IsCurrent(read_one_.Bytes(7));
  if (stale) {
    LogRow row = RowAt(read_one_);
    const Result<std::string> clear = codec_->Decode(row);
    status = clear.status();
    if (status.ok()) {
      row.body = *clear;
      status = Replace(row, read_one_.Integer(6));
    }
  }
  read_one_.Reset();
  if (!status.ok()) return status;
  return stale;
}

Status LogTable::Replace(const LogRow& clear, std::int64_t old_checksum) {
  LogRow row = clear;
  NOIZY_ASSIGN_OR_RETURN(const std::string encoded, codec_->Encode(clear));
  row.body = encoded;
  const std::int64_t checksum = RowChecksum(row);
  replace_.Bind(1, row.revision);
  replace_.Bind(2, checksum);
  replace_.BindBlob(3, row.body);
  digest_.Remove(old_checksum);
  digest_.Add(row.revision, checksum);
  return replace_.Run();
}

Status LogTable::SaveDigest() {
  saved_digest_ = digest_;
  return SetSetting(kDigestSetting, digest_.ToString());
}

Status LogTable::CheckDigest(const LogDigest& expected) const {
  if (digest_.rows == expected.rows && digest_.sum == expected.sum) return Status::Ok();
  return Internal("the log up to revision " + std::to_string(expected.revision) + " has " +
                  std::to_string(digest_.rows) + " rows and was left with " +
                  std::to_string(expected.rows) + ": together it" + kDamaged);
}

Status LogTable::Read(const std::function<Status(const LogRow&)>& visit) {
  NOIZY_ASSIGN_OR_RETURN(const std::string saved, Setting(kDigestSetting));
  saved_digest_ = LogDigest::FromString(saved);
  digest_ = {};
  covered_.clear();
  Status status;
  bool compared = false;
  for (bool more = true; more && status.ok();) {
    const Result<bool> row = read_.Step();
    status = row.status();
    more = row.ok() && *row;
    if (status.ok() && !compared && (!more || read_.Integer(0) > saved_digest_.revision)) {
      compared = true;
      status = CheckDigest(saved_digest_);
    }
    if (status.ok() && more) status = ReadRow(visit);
  }
  // A statement left open would be a read transaction that keeps the write-ahead log from being
  // reset.
  read_.Reset();
  return status;
}

Status LogTable::ReadRow(const std::function<Status(const LogRow&)>& visit) {
  LogRow row = RowAt(read_);
  const std::int64_t checksum = read_.Integer(6);
  NOIZY_RETURN_IF_ERROR(CheckRow(row, checksum));
  digest_.Add(row.revision, checksum);
  if (codec_ == nullptr || !codec_->Covers(row.resource)) return visit(row);
  covered_.push_back(row.revision);
  NOIZY_ASSIGN_OR_RETURN(const std::string clear, codec_->Decode(row));
  row.body = clear;
  return visit(row);
}

LogRow LogTable::RowAt(const Statement& statement) {
  return {statement.Integer(0), statement.Integer(1), statement.Bytes(2), statement.Bytes(3),
          statement.Bytes(4),   statement.Integer(5), statement.Bytes(7)};
}

Result<std::int64_t> LogTable::HighestRevision() {
  const Result<bool> row = highest_.Step();
  const std::int64_t highest = row.ok() ? highest_.Integer(0) : 0;
  highest_.Reset();
  if (!row.ok()) return row.status();
  return highest;
}

Result<std::string> LogTable::Setting(std::string_view name) {
  setting_.Bind(1, name);
  const Result<bool> row = setting_.Step();
  std::string value;
  Status status = row.status();
  if (row.ok() && *row) {
    value = setting_.Bytes(0);
    if (setting_.Integer(1) != SettingChecksum(name, value)) {
      status = Internal("the setting \"" + std::string(name) + "\"" + kDamaged);
    }
  }
  setting_.Reset();
  if (!status.ok()) return status;
  return value;
}

Status LogTable::SetSetting(std::string_view name, std::string_view value) {
  set_setting_.Bind(1, name);
  set_setting_.Bind(2, value);
  set_setting_.Bind(3, SettingChecksum(name, value));
  return set_setting_.Run();
}

Result<std::int64_t> LogTable::CompactedRevision() {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, Setting(kCompactedSetting));
  std::int64_t revision = 0;
  std::from_chars(text.data(), text.data() + text.size(), revision);
  return revision;
}

Status LogTable::SetCompactedRevision(std::int64_t revision) {
  return SetSetting(kCompactedSetting, std::to_string(revision));
}

}  // namespace noizy::apiserver
