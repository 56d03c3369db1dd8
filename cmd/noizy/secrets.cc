// `noizy secrets rotate-key`: a new key for Secrets at rest.
#include <cstdio>

#include "apiserver/encryption/secret_codec.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "cmd/noizy/commands.h"
#include "cmd/noizy/passphrase.h"
#include "cmd/noizy/plane_files.h"
#include "cmd/noizy/program.h"

namespace noizy {
namespace {

FlagTable SecretsFlags() {
  FlagTable table;
  table.words = {"rotate-key"};
  table.valued = {{"--data-dir", "the control plane's data folder (~/.noizy)"},
                  {"--secrets-passphrase-file",
                   "opens the file of keys ($NOIZY_SECRETS_PASSPHRASE, or systemd's credential "
                   "noizy-secrets-passphrase)"}};
  AddCommonFlags(table);
  return table;
}

Status RotateKey(const Flags& flags) {
  if (flags.Word(0) != "rotate-key") return BadRequest("noizy secrets knows one word: rotate-key");
  const std::string data_dir = DataDir(flags);
  NOIZY_ASSIGN_OR_RETURN(
      const std::string passphrase,
      ReadPassphrase(SecretsPassphrase(flags.Text("--secrets-passphrase-file", ""))));
  if (!FileExists(StoreFolder(data_dir) + "/noizy.db"))
    return Status(StatusReason::kNotFound, data_dir + " is no control plane's data folder");
  NOIZY_ASSIGN_OR_RETURN(const std::shared_ptr<apiserver::BodyCodec> codec,
                         OpenSecretCodec(data_dir, passphrase, apiserver::KeyUse::kRotate));
  apiserver::SqliteOptions options;
  options.folder = StoreFolder(data_dir);
  options.codec = codec;
  NOIZY_ASSIGN_OR_RETURN(const auto store, apiserver::SqliteStore::Open(std::move(options)));
  NOIZY_ASSIGN_OR_RETURN(const apiserver::Listing secrets, store->List({"secrets", "", ""}, {}));
  std::printf("%zu Secrets are sealed with a new key in %s; the old one is gone\n",
              secrets.items.size(), SecretKeyFile(data_dir).c_str());
  return Status::Ok();
}

}  // namespace

Tool SecretsTool() {
  return {"secrets",
          "Rotate the key of Secrets at rest: secrets rotate-key",
          "Seals every Secret of a stopped control plane with a new key and forgets the old "
          "one. Cut short, it\nis finished by the next start or the next call.",
          SecretsFlags(),
          RotateKey,
          {"rotate-key"}};
}

}  // namespace noizy
