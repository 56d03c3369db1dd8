#include "cmd/noizy/plane_files.h"

#include <utility>

#include "apiserver/storage/sqlite/sqlite_store.h"
#include "cmd/noizy/connection.h"
#include "machinery/os/files.h"

namespace noizy {

std::string StoreFolder(const std::string& data_dir) {
  return data_dir + "/store";
}
std::string PayloadFolder(const std::string& data_dir) {
  return data_dir + "/payloads";
}
std::string SecretKeyFile(const std::string& data_dir) {
  return data_dir + "/secrets.key";
}

Status FetchStore(const Client& client, const std::string& folder) {
  NOIZY_ASSIGN_OR_RETURN(const std::string bytes,
                         client.GetRaw("/noizy/v1/store", "application/vnd.sqlite3"));
  return WriteFileAtomically(folder + "/noizy.db", bytes, Durability::kAtomic);
}

Status CopyStore(const std::string& data_dir, const std::string& folder) {
  apiserver::SqliteOptions options;
  options.folder = StoreFolder(data_dir);
  if (!FileExists(options.folder + "/noizy.db"))
    return Status(StatusReason::kNotFound, data_dir + " is no control plane's data folder");
  const auto store = apiserver::SqliteStore::Open(std::move(options));
  if (store.ok()) return (*store)->CopyTo(folder + "/noizy.db");
  if (store.status().reason() != StatusReason::kServiceUnavailable) return store.status();
  // A server has it, and left its address in the folder.
  NOIZY_ASSIGN_OR_RETURN(KubeconfigContext context, FindContext(data_dir + "/kubeconfig", ""));
  NOIZY_ASSIGN_OR_RETURN(const auto client, ConnectTo(std::move(context)));
  const Status fetched = FetchStore(*client, folder);
  return fetched.ok() ? fetched : fetched.WithContext(store.status().message());
}

Result<std::shared_ptr<apiserver::BodyCodec>> OpenSecretCodec(const std::string& data_dir,
                                                              const std::string& passphrase,
                                                              apiserver::KeyUse use) {
  NOIZY_ASSIGN_OR_RETURN(apiserver::KeyRing ring,
                         apiserver::KeyRing::Open(SecretKeyFile(data_dir), passphrase));
  return std::shared_ptr<apiserver::BodyCodec>(
      std::make_shared<apiserver::SecretCodec>(std::move(ring), use));
}

}  // namespace noizy
