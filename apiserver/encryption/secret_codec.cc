#include "apiserver/encryption/secret_codec.h"

#include "machinery/pki/sealing.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kSealedResource = "secrets";
// JSON, which clear bodies are, never begins so.
constexpr std::string_view kMark = "NZS1";
constexpr std::size_t kHeadBytes = kMark.size() + kKeyIdBytes;

bool IsSealed(std::string_view body) {
  return body.size() >= kHeadBytes && body.starts_with(kMark);
}
std::string_view KeyIdOf(std::string_view body) {
  return body.substr(kMark.size(), kKeyIdBytes);
}

}  // namespace

bool ShowsNothing(const LogRow& stored) {
  return stored.resource != kSealedResource || IsSealed(stored.body);
}

bool SecretCodec::Covers(std::string_view resource) const {
  return resource == kSealedResource;
}

Status SecretCodec::Prepare() {
  const bool rotate = use_ == KeyUse::kRotate && ring_.size() == 1;
  return ring_.size() == 0 || rotate ? ring_.AddKey() : Status::Ok();
}

Result<std::string> SecretCodec::Encode(const LogRow& clear) {
  if (ring_.size() == 0) return Internal("a Secret is written before there is a key");
  const std::string& id = ring_.newest_id();
  NOIZY_ASSIGN_OR_RETURN(const std::string sealed,
                         Seal(*ring_.Find(id), IdentityOf(clear), clear.body));
  return std::string(kMark).append(id).append(sealed);
}

Result<std::string> SecretCodec::Decode(const LogRow& stored) const {
  if (!IsSealed(stored.body)) return std::string(stored.body);
  const std::string* key = ring_.Find(KeyIdOf(stored.body));
  if (key == nullptr) {
    return Unauthorized("the key that seals " + NameOf(stored) + " is not in " + ring_.path() +
                        ": put back the file that belongs to this data folder; backups made with "
                        "its keys hold it");
  }
  Result<std::string> clear = Unseal(*key, IdentityOf(stored), stored.body.substr(kHeadBytes));
  if (clear.ok()) return clear;
  return Unauthorized(NameOf(stored) + " does not open with its key in " + ring_.path() +
                      ": the row or the key was changed; restore the latest backup");
}

bool SecretCodec::IsCurrent(std::string_view stored_body) const {
  return IsSealed(stored_body) && ring_.size() > 0 && KeyIdOf(stored_body) == ring_.newest_id();
}

}  // namespace noizy::apiserver
