// Passphrases for what is kept on the control plane's disk.
#pragma once

#include <string>

#include "machinery/base/status.h"

namespace noizy {

/// Where a passphrase may come from, in this order.
struct PassphraseSources {
  std::string file;        // a flag's value; its first line
  std::string variable;    // of the environment
  std::string credential;  // systemd's, in $CREDENTIALS_DIRECTORY
};

/// For the CA's keys; `file` is the flag's value.
PassphraseSources CaPassphrase(const std::string& file);
/// For the file of keys that Secrets are sealed with.
PassphraseSources SecretsPassphrase(const std::string& file);
/// For backups, which have no credential: a person or a timer makes them.
PassphraseSources BackupPassphrase(const std::string& file);

/// "" when there is none.
Result<std::string> ReadPassphrase(const PassphraseSources& sources);

}  // namespace noizy
