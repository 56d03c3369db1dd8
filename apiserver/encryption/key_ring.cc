#include "apiserver/encryption/key_ring.h"

#include <algorithm>
#include <utility>

#include "machinery/os/files.h"
#include "machinery/pki/sealing.h"
#include "machinery/value/base64.h"
#include "machinery/value/json.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::string_view kFormat = "noizy-secret-keys/1";

Status Damaged() {
  return BadRequest("this is no file of keys that this program knows: restore it from a backup");
}

}  // namespace

Result<KeyRing> KeyRing::Open(std::string path, std::string passphrase) {
  KeyRing ring(std::move(path));
  if (const Status status = ring.Load(passphrase); !status.ok())
    return status.WithContext(ring.path_);
  return ring;
}

Status KeyRing::Load(const std::string& passphrase) {
  if (FileExists(path_)) {
    NOIZY_RETURN_IF_ERROR(RequirePrivate(path_));
    NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path_));
    NOIZY_RETURN_IF_ERROR(Read(text, passphrase));
  }
  if (protection_ || passphrase.empty()) return Status::Ok();
  NOIZY_RETURN_IF_ERROR(Protect(passphrase));
  return keys_.empty() ? Status::Ok() : Save(keys_);
}

Status KeyRing::Protect(const std::string& passphrase) {
  const std::string salt = RandomBytes(kSaltBytes);
  NOIZY_ASSIGN_OR_RETURN(std::string key, KeyOfPassphrase(passphrase, salt));
  protection_ = Protection{salt, std::move(key)};
  return Status::Ok();
}

// {"format", "salt" (with a passphrase alone), "keys": base64 of each key's name and bytes}
Status KeyRing::Read(const std::string& text, const std::string& passphrase) {
  const Result<Value> file = ParseJson(text);
  if (!file.ok() || StringAt(*file, {"format"}) != kFormat) return Damaged();
  NOIZY_ASSIGN_OR_RETURN(std::string keys, DecodeBase64(StringAt(*file, {"keys"})));
  if (noizy::Find(*file, {"salt"}) != nullptr) {
    if (passphrase.empty())
      return Unauthorized("these keys take a passphrase, and none was given: see noizy up --help");
    NOIZY_ASSIGN_OR_RETURN(const std::string salt, DecodeBase64(StringAt(*file, {"salt"})));
    NOIZY_ASSIGN_OR_RETURN(std::string key, KeyOfPassphrase(passphrase, salt));
    const Result<std::string> opened = Unseal(key, kFormat, keys);
    if (!opened.ok()) return Unauthorized("the passphrase does not open these keys");
    keys = *opened;
    protection_ = Protection{salt, std::move(key)};
  }
  constexpr std::size_t kEach = kKeyIdBytes + kSealingKeyBytes;
  if (keys.empty() || keys.size() % kEach != 0) return Damaged();
  for (std::size_t at = 0; at < keys.size(); at += kEach)
    keys_.push_back(
        {keys.substr(at, kKeyIdBytes), keys.substr(at + kKeyIdBytes, kSealingKeyBytes)});
  return Status::Ok();
}

Status KeyRing::Save(const std::vector<Key>& keys) const {
  std::string bytes;
  for (const Key& key : keys) bytes += key.id + key.bytes;
  Object file{{"format", kFormat}};
  if (protection_) {
    NOIZY_ASSIGN_OR_RETURN(bytes, Seal(protection_->key, kFormat, bytes));
    file["salt"] = EncodeBase64(protection_->salt);
  }
  file["keys"] = EncodeBase64(bytes);
  return WriteFileAtomically(path_, ToJson(Value(std::move(file))) + "\n");
}

const std::string* KeyRing::Find(std::string_view id) const {
  const auto found = std::ranges::find(keys_, id, &Key::id);
  return found == keys_.end() ? nullptr : &found->bytes;
}

Status KeyRing::AddKey() {
  std::vector<Key> keys{{RandomBytes(kKeyIdBytes), RandomBytes(kSealingKeyBytes)}};
  keys.insert(keys.end(), keys_.begin(), keys_.end());
  NOIZY_RETURN_IF_ERROR(Save(keys));
  keys_ = std::move(keys);
  return Status::Ok();
}

Status KeyRing::DropOldKeys() {
  if (keys_.size() <= 1) return Status::Ok();
  NOIZY_RETURN_IF_ERROR(Save({keys_.front()}));
  keys_.resize(1);
  return Status::Ok();
}

}  // namespace noizy::apiserver
