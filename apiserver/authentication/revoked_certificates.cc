#include "apiserver/authentication/revoked_certificates.h"

#include "machinery/meta/time.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

bool IsSerial(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::map<std::string, WallTime> SerialsIn(const StoredObject& object) {
  std::map<std::string, WallTime> serials;
  const Result<Value> map = ParseJson(object.bytes);
  const Object* data = map.ok() ? ObjectAt(*map, {"data"}) : nullptr;
  if (data == nullptr) return serials;
  for (const auto& [serial, time] : *data) {
    const auto revoked =
        time.is_string() ? ParseTime(View(time.get_string())) : BadRequest("no text");
    const std::string_view name(serial.data(), serial.size());
    if (IsSerial(name) && revoked.ok()) serials.emplace(name, *revoked);
  }
  return serials;
}

}  // namespace

const StoreKey& RevokedCertificates::Key() {
  static const StoreKey key{"configmaps", "noizy-system", "noizy-revoked-certificates"};
  return key;
}

std::int64_t RevokedCertificates::Revision() const {
  const StoredObjectPtr stored = store_.Get(Key());
  return stored == nullptr ? 0 : stored->revision;
}

std::shared_ptr<const RevokedCertificates::Serials> RevokedCertificates::Current() const {
  const StoredObjectPtr stored = store_.Get(Key());
  const std::int64_t revision = stored == nullptr ? 0 : stored->revision;
  MutexLock lock(mutex_);
  if (revision != revision_) {
    serials_ = std::make_shared<const Serials>(stored == nullptr ? Serials() : SerialsIn(*stored));
    revision_ = revision;
  }
  return serials_;
}

Status RevokedCertificates::Check(const std::string& serial) const {
  if (serial.empty() || !Current()->contains(serial)) return Status::Ok();
  return Unauthorized("the certificate with serial number " + serial +
                      " is revoked; a node gets another one by joining again (noizy token create)");
}

std::map<std::string, WallTime> RevokedCertificates::List() const {
  return *Current();
}

}  // namespace noizy::apiserver
