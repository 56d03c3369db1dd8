// Where things are in the control plane's data folder, and how its Secrets are opened.
#pragma once

#include <memory>
#include <string>

#include "apiserver/encryption/secret_codec.h"
#include "machinery/base/status.h"

namespace noizy {

/// DIR/store: the database.
std::string StoreFolder(const std::string& data_dir);
/// DIR/secrets.key: the keys that Secrets are sealed with.
std::string SecretKeyFile(const std::string& data_dir);

/// The codec of the data folder's store. Errors name the file of keys and the mend.
Result<std::shared_ptr<apiserver::BodyCodec>> OpenSecretCodec(
    const std::string& data_dir, const std::string& passphrase,
    apiserver::KeyUse use = apiserver::KeyUse::kKeep);

}  // namespace noizy
