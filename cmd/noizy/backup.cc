// `noizy backup` and `noizy restore`.
#include "apiserver/backup/backup.h"

#include <cstdio>
#include <filesystem>
#include <limits>

#include "apiserver/backup/restore.h"
#include "apiserver/encryption/secret_codec.h"
#include "apiserver/storage/sqlite/database_file.h"
#include "cmd/noizy/commands.h"
#include "cmd/noizy/connection.h"
#include "cmd/noizy/passphrase.h"
#include "cmd/noizy/plane_files.h"
#include "cmd/noizy/program.h"
#include "machinery/base/clock.h"
#include "machinery/meta/time.h"
#include "machinery/os/files.h"
#include "machinery/os/temporary_folder.h"

namespace noizy {
namespace {

using apiserver::BackupContent;

constexpr std::size_t kAnySize = std::numeric_limits<std::size_t>::max();
constexpr char kPassphraseFile[] = "--passphrase-file";

FlagTable BackupFlags() {
  FlagTable table;
  table.words = {"FILE"};
  table.valued = {
      {"--data-dir",
       "the control plane's data folder, whose keys are saved, too; without it, the "
       "objects alone are fetched over the API"},
      {kPassphraseFile, "protects the keys ($NOIZY_BACKUP_PASSPHRASE)"},
      {"--kubeconfig", "how to reach the API ($NOIZYCONFIG, $KUBECONFIG, ~/.noizy/kubeconfig)"},
      {"--context", "the kubeconfig's context (the current one)"}};
  table.switches = {
      {"--without-keys", "leave the keys out; then Secrets open only where they are"}};
  AddCommonFlags(table);
  return table;
}

FlagTable RestoreFlags() {
  FlagTable table;
  table.words = {"FILE"};
  table.valued = {{"--data-dir", "the folder to make; it must not exist or be empty (~/.noizy)"},
                  {kPassphraseFile, "opens the keys ($NOIZY_BACKUP_PASSPHRASE)"}};
  table.switches = {{"--force", "put aside what is in the folder"}};
  AddCommonFlags(table);
  return table;
}

Result<std::string> PassphraseOf(const Flags& flags) {
  return ReadPassphrase(BackupPassphrase(flags.Text(kPassphraseFile, "")));
}

// What the copy in `path` is; refused where it shows a Secret.
Result<BackupContent> ContentOf(const std::string& path) {
  NOIZY_ASSIGN_OR_RETURN(
      const apiserver::DatabaseFacts facts,
      apiserver::InspectDatabase(path, [](const apiserver::LogRow& row) {
        if (apiserver::ShowsNothing(row)) return Status::Ok();
        return Status(StatusReason::kConflict,
                      "it holds Secrets in clear, and a backup must not: start this noizy's server "
                      "on it once, which seals them");
      }));
  BackupContent content;
  content.manifest = {NOIZY_VERSION, RealClock::Instance().Now(), facts.cluster_uid, facts.revision,
                      facts.rows};
  NOIZY_ASSIGN_OR_RETURN(content.database, ReadFile(path, kAnySize));
  return content;
}

Status CopyInto(const Flags& flags, const std::string& folder) {
  if (flags.Has("--data-dir")) return CopyStore(DataDir(flags), folder);
  NOIZY_ASSIGN_OR_RETURN(KubeconfigContext context,
                         FindContext(flags.Text("--kubeconfig", ""), flags.Text("--context", "")));
  NOIZY_ASSIGN_OR_RETURN(const auto client, ConnectTo(std::move(context)));
  return FetchStore(*client, folder);
}

Status Backup(const Flags& flags) {
  const bool keys = flags.Has("--data-dir") && !flags.Has("--without-keys");
  NOIZY_ASSIGN_OR_RETURN(const std::string passphrase, PassphraseOf(flags));
  if (keys && passphrase.empty()) {
    return BadRequest(
        "the backup holds the grid's keys, which must not lie about in clear: give a passphrase "
        "(--passphrase-file, $NOIZY_BACKUP_PASSPHRASE), or leave them out with --without-keys");
  }
  NOIZY_ASSIGN_OR_RETURN(const TemporaryFolder scratch, TemporaryFolder::Make());
  NOIZY_RETURN_IF_ERROR(CopyInto(flags, scratch.path()));
  NOIZY_ASSIGN_OR_RETURN(BackupContent content, ContentOf(scratch.path() + "/noizy.db"));
  // After the database: whatever sealed its rows is among them.
  if (keys) {
    NOIZY_ASSIGN_OR_RETURN(content.keys, apiserver::ReadKeyFiles(DataDir(flags)));
  }
  NOIZY_ASSIGN_OR_RETURN(const std::string archive, apiserver::PackBackup(content, passphrase));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(flags.Word(0), archive));
  std::printf("%s: %lld rows up to revision %lld, %s\n", flags.Word(0).c_str(),
              static_cast<long long>(content.manifest.rows),
              static_cast<long long>(content.manifest.revision),
              keys ? "and the keys under the passphrase" : "without the keys");
  std::fputs("Payloads that were streamed (payloads/ in the data folder) are not in a backup.\n",
             stderr);
  return Status::Ok();
}

void TellWhatIsMissing(const BackupContent& content, const std::string& data_dir) {
  if (content.keys) return;
  std::fprintf(stderr,
               "The backup holds no keys. Before the grid starts, put back %s, without which its "
               "Secrets do not\nopen, and %s/pki, without which a new CA is made and every agent "
               "has to join again.\n",
               SecretKeyFile(data_dir).c_str(), data_dir.c_str());
}

Status Restore(const Flags& flags) {
  NOIZY_ASSIGN_OR_RETURN(const std::string passphrase, PassphraseOf(flags));
  NOIZY_ASSIGN_OR_RETURN(const std::string archive, ReadFile(flags.Word(0), kAnySize));
  auto content = apiserver::UnpackBackup(archive, passphrase);
  if (!content.ok()) return content.status().WithContext(flags.Word(0));
  const std::string data_dir = std::filesystem::absolute(DataDir(flags)).lexically_normal();
  const auto existing =
      flags.Has("--force") ? apiserver::Existing::kPutAside : apiserver::Existing::kRefuse;
  NOIZY_ASSIGN_OR_RETURN(const apiserver::RestoreOutcome outcome,
                         apiserver::RestoreBackup(*content, data_dir, existing));
  std::printf("%s: the grid as it was at %s (noizy %s), revisions go on from %lld\n",
              data_dir.c_str(), FormatTime(content->manifest.created).c_str(),
              content->manifest.noizy_version.c_str(), static_cast<long long>(outcome.revision));
  if (!outcome.put_aside.empty())
    std::printf("what was there before is in %s\n", outcome.put_aside.c_str());
  TellWhatIsMissing(*content, data_dir);
  return Status::Ok();
}

}  // namespace

Tool BackupTool() {
  return {"backup", "Copy a grid, running or not, into one file",
          "Copies a grid, running or not, into one file: all objects, with Secrets sealed, "
          "and the keys under a\npassphrase. Logs of Tasks, and payloads that were streamed, stay "
          "where they are\n(logs/ and "
          "payloads/ in the data folder).",
          BackupFlags(), Backup};
}

Tool RestoreTool() {
  return {"restore", "Make a data folder of a backup",
          "Makes a data folder of a backup. What happened after the backup is not known "
          "there: Tasks that were\nwaiting then may run a second time; those with failover: "
          "AtMostOnce are suspended instead, when the grid\nstarts, and wait for somebody's word.",
          RestoreFlags(), Restore};
}

}  // namespace noizy
