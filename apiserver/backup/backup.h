// A backup: the store, in which Secrets are sealed, and, under a passphrase, the keys that open
// them and that say who the grid is.
//
//   manifest.json    the version, where and when, each file's size and SHA-256
//   store/noizy.db   a copy of the database
//   keys.sealed      a tar of the data folder's private files, under the passphrase; may be missing
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/backup/tar.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// What a backup says of itself.
struct BackupManifest {
  std::string noizy_version;
  WallTime created;
  std::string cluster_uid;
  std::int64_t revision = 0;
  std::int64_t rows = 0;
};

/// What goes into a backup, or came out of one.
struct BackupContent {
  BackupManifest manifest;
  std::string database;
  /// Paths relative to the data folder; nullopt: left out.
  std::optional<std::vector<TarFile>> keys;
};

/// The file's bytes. `passphrase` protects the keys, and must not be empty when there are any.
Result<std::string> PackBackup(const BackupContent& content, std::string_view passphrase);

/// Checks every checksum and opens the keys. BadRequest for what is damaged or no backup of this
/// version's, Unauthorized for a wrong or missing passphrase. A key's path is one that stays within
/// the data folder.
Result<BackupContent> UnpackBackup(std::string_view archive, std::string_view passphrase);

/// The private files of a data folder: pki/, agent/identity/, secrets.key, kubeconfig. Read until
/// two readings agree, so that files that belong together do.
Result<std::vector<TarFile>> ReadKeyFiles(const std::string& data_dir);

}  // namespace noizy::apiserver
