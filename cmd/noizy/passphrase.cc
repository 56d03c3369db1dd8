#include "cmd/noizy/passphrase.h"

#include <cstdlib>
#include <sstream>

#include "machinery/os/files.h"

namespace noizy {
namespace {

std::string Variable(const std::string& name) {
  const char* text = std::getenv(name.c_str());
  return text == nullptr ? "" : text;
}

}  // namespace

PassphraseSources CaPassphrase(const std::string& file) {
  return {file, "NOIZY_CA_PASSPHRASE", "noizy-ca-passphrase"};
}
PassphraseSources SecretsPassphrase(const std::string& file) {
  return {file, "NOIZY_SECRETS_PASSPHRASE", "noizy-secrets-passphrase"};
}
PassphraseSources BackupPassphrase(const std::string& file) {
  return {file, "NOIZY_BACKUP_PASSPHRASE", ""};
}

Result<std::string> ReadPassphrase(const PassphraseSources& sources) {
  std::string path = sources.file;
  if (path.empty() && !Variable(sources.variable).empty()) return Variable(sources.variable);
  const std::string credentials = Variable("CREDENTIALS_DIRECTORY");
  if (path.empty() && !credentials.empty() && !sources.credential.empty()) {
    path.append(credentials).append("/").append(sources.credential);
    if (!FileExists(path)) return std::string();
  }
  if (path.empty()) return std::string();
  NOIZY_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  std::istringstream lines(content);
  std::string line;
  std::getline(lines, line);
  if (line.empty()) return BadRequest(path + ": its first line, the passphrase, is empty");
  return line;
}

}  // namespace noizy
