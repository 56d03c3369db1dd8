#include "cmd/noizy/plane_files.h"

#include <utility>

namespace noizy {

std::string StoreFolder(const std::string& data_dir) {
  return data_dir + "/store";
}
std::string SecretKeyFile(const std::string& data_dir) {
  return data_dir + "/secrets.key";
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
