// Where things are in the control plane's data folder, and how its Secrets are opened.
#pragma once

#include <memory>
#include <string>

#include "apiserver/encryption/secret_codec.h"
#include "machinery/base/status.h"
#include "machinery/client/client.h"

namespace noizy {

/// DIR/store: the database.
std::string StoreFolder(const std::string& data_dir);
/// DIR/payloads: payloads that are kept beside their Tasks.
std::string PayloadFolder(const std::string& data_dir);
/// DIR/secrets.key: the keys that Secrets are sealed with.
std::string SecretKeyFile(const std::string& data_dir);

/// A copy of the store of a data folder in `folder`/noizy.db: through the server that has it, or,
/// if none has, by opening it.
Status CopyStore(const std::string& data_dir, const std::string& folder);
/// The same through the API.
Status FetchStore(const Client& client, const std::string& folder);

/// The codec of the data folder's store. Errors name the file of keys and the mend.
Result<std::shared_ptr<apiserver::BodyCodec>> OpenSecretCodec(
    const std::string& data_dir, const std::string& passphrase,
    apiserver::KeyUse use = apiserver::KeyUse::kKeep);

}  // namespace noizy
