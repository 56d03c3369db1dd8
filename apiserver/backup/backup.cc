#include "apiserver/backup/backup.h"

#include <algorithm>
#include <utility>

#include "machinery/meta/time.h"
#include "machinery/os/files.h"
#include "machinery/pki/pki.h"
#include "machinery/pki/sealing.h"
#include "machinery/value/base64.h"
#include "machinery/value/json.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kFormat = "noizy-backup/1";
constexpr std::string_view kManifestFile = "manifest.json";
constexpr std::string_view kDatabaseFile = "store/noizy.db";
constexpr std::string_view kKeysFile = "keys.sealed";
constexpr std::size_t kSaltBytes = 16;

Object EntryOf(const TarFile& file) {
  return {{"name", file.name},
          {"bytes", static_cast<std::int64_t>(file.content.size())},
          {"sha256", Sha256Hex(file.content)}};
}

Object ManifestObject(const BackupManifest& manifest) {
  return {{"format", kFormat},
          {"noizyVersion", manifest.noizy_version},
          {"created", FormatTime(manifest.created)},
          {"clusterUid", manifest.cluster_uid},
          {"revision", manifest.revision},
          {"rows", manifest.rows}};
}

// Keys open with the manifest and the database they were saved with, and with no other.
std::string ContextOf(const BackupManifest& manifest, const std::string& database) {
  return ToJson(Value(ManifestObject(manifest))) + " " + Sha256Hex(database);
}

Result<BackupManifest> ManifestOf(const Value& value) {
  if (StringAt(value, {"format"}) != kFormat) {
    return BadRequest("this is no backup that this noizy knows: its format is \"" +
                      std::string(StringAt(value, {"format"})) + "\"");
  }
  BackupManifest manifest;
  manifest.noizy_version = StringAt(value, {"noizyVersion"});
  NOIZY_ASSIGN_OR_RETURN(manifest.created, ParseTime(StringAt(value, {"created"})));
  manifest.cluster_uid = StringAt(value, {"clusterUid"});
  manifest.revision = IntAt(value, {"revision"}).value_or(0);
  manifest.rows = IntAt(value, {"rows"}).value_or(0);
  return manifest;
}

const TarFile* FileNamed(const std::vector<TarFile>& files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &TarFile::name);
  return found == files.end() ? nullptr : &*found;
}

// Everything the manifest lists is there as it says, and nothing else is.
Status CheckFiles(const Value& manifest, const std::vector<TarFile>& files) {
  const Value* listed = Find(manifest, {"files"});
  if (listed == nullptr || !listed->is_array() || listed->get_array().size() + 1 != files.size())
    return BadRequest("the backup does not hold the files that its manifest lists");
  for (const Value& entry : listed->get_array()) {
    const std::string name(StringAt(entry, {"name"}));
    const TarFile* file = FileNamed(files, name);
    if (file == nullptr) return BadRequest("the backup lacks " + name);
    if (Value(EntryOf(*file)) != entry)
      return BadRequest("the backup is damaged: " + name + " does not match its checksum");
  }
  return Status::Ok();
}

bool StaysInside(const std::string& path) {
  return path == "secrets.key" || path == "kubeconfig" ||
         ((path.starts_with("pki/") || path.starts_with("agent/identity/")) &&
          path.find("..") == std::string::npos && path.find('\0') == std::string::npos);
}

Result<std::vector<TarFile>> OpenKeys(const BackupContent& content, const std::string& sealed,
                                      std::string_view salt, std::string_view passphrase) {
  if (passphrase.empty()) {
    return Unauthorized(
        "the backup's keys take a passphrase: --passphrase-file, or $NOIZY_BACKUP_PASSPHRASE");
  }
  NOIZY_ASSIGN_OR_RETURN(const std::string key, KeyOfPassphrase(passphrase, salt));
  const auto archive = Unseal(key, ContextOf(content.manifest, content.database), sealed);
  if (!archive.ok())
    return Unauthorized("the passphrase does not open the backup's keys, or they were changed");
  NOIZY_ASSIGN_OR_RETURN(std::vector<TarFile> keys, ReadTar(*archive));
  for (const TarFile& file : keys) {
    if (!StaysInside(file.name))
      return BadRequest("the backup's keys hold a file that is none of them: " + file.name);
  }
  return keys;
}

// A file, or all that is in a folder. What went while it was read was not to stay: the next reading
// shows what is there instead.
Status AddFiles(const std::string& data_dir, const std::string& path, std::vector<TarFile>& files) {
  if (!FileExists(data_dir + "/" + path)) return Status::Ok();
  const auto names = ListFolder(data_dir + "/" + path);
  if (names.ok()) {
    for (const std::string& name : *names)
      NOIZY_RETURN_IF_ERROR(AddFiles(data_dir, path + "/" + name, files));
    return Status::Ok();
  }
  Result<std::string> content = ReadFile(data_dir + "/" + path);
  if (content.status().reason() == StatusReason::kNotFound) return Status::Ok();
  if (!content.ok()) return content.status();
  files.push_back({path, *std::move(content)});
  return Status::Ok();
}

Result<std::vector<TarFile>> ReadOnce(const std::string& data_dir) {
  std::vector<TarFile> files;
  for (const char* path : {"pki", "agent/identity", "secrets.key", "kubeconfig"})
    NOIZY_RETURN_IF_ERROR(AddFiles(data_dir, path, files));
  return files;
}

}  // namespace

Result<std::string> PackBackup(const BackupContent& content, std::string_view passphrase) {
  std::vector<TarFile> files{{std::string(kDatabaseFile), content.database}};
  Object manifest = ManifestObject(content.manifest);
  if (content.keys) {
    const std::string salt = RandomBytes(kSaltBytes);
    NOIZY_ASSIGN_OR_RETURN(const std::string key, KeyOfPassphrase(passphrase, salt));
    NOIZY_ASSIGN_OR_RETURN(const std::string archive, WriteTar(*content.keys));
    NOIZY_ASSIGN_OR_RETURN(std::string sealed,
                           Seal(key, ContextOf(content.manifest, content.database), archive));
    files.push_back({std::string(kKeysFile), std::move(sealed)});
    manifest["salt"] = EncodeBase64(salt);
  }
  Array entries;
  for (const TarFile& file : files) entries.emplace_back(EntryOf(file));
  manifest["files"] = std::move(entries);
  files.insert(files.begin(),
               {std::string(kManifestFile), ToJson(Value(std::move(manifest))) + "\n"});
  return WriteTar(files);
}

Result<BackupContent> UnpackBackup(std::string_view archive, std::string_view passphrase) {
  NOIZY_ASSIGN_OR_RETURN(std::vector<TarFile> files, ReadTar(archive));
  const TarFile* manifest_file = FileNamed(files, kManifestFile);
  const TarFile* database = FileNamed(files, kDatabaseFile);
  if (manifest_file == nullptr || database == nullptr)
    return BadRequest("this is no backup of noizy's: it has no manifest or no database");
  NOIZY_ASSIGN_OR_RETURN(const Value manifest, ParseJson(manifest_file->content));
  BackupContent content;
  NOIZY_ASSIGN_OR_RETURN(content.manifest, ManifestOf(manifest));
  NOIZY_RETURN_IF_ERROR(CheckFiles(manifest, files));
  content.database = database->content;
  const TarFile* sealed = FileNamed(files, kKeysFile);
  if (sealed == nullptr) return content;
  NOIZY_ASSIGN_OR_RETURN(const std::string salt, DecodeBase64(StringAt(manifest, {"salt"})));
  NOIZY_ASSIGN_OR_RETURN(content.keys, OpenKeys(content, sealed->content, salt, passphrase));
  return content;
}

Result<std::vector<TarFile>> ReadKeyFiles(const std::string& data_dir) {
  constexpr int kReadings = 10;
  NOIZY_ASSIGN_OR_RETURN(std::vector<TarFile> before, ReadOnce(data_dir));
  for (int i = 0; i < kReadings; ++i) {
    NOIZY_ASSIGN_OR_RETURN(std::vector<TarFile> now, ReadOnce(data_dir));
    if (now == before) return now;
    before = std::move(now);
  }
  return Unavailable("the keys in " + data_dir + " change all the time: try again later");
}

}  // namespace noizy::apiserver
