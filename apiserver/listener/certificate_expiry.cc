#include "apiserver/listener/certificate_expiry.h"

#include <chrono>

#include "machinery/meta/time.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

double ReadNotAfter(const StoredObject& certificate) {
  const Result<Value> object = ParseJson(certificate.bytes);
  if (!object.ok()) return 0;
  const Result<WallTime> time = ParseTime(StringAt(*object, {"status", "notAfter"}));
  if (!time.ok()) return 0;
  return std::chrono::duration<double>(time->time_since_epoch()).count();
}

}  // namespace

CertificateExpiry::CertificateExpiry(const Store& store)
    : store_(store),
      gauges_("noizy_certificate_expiration_timestamp_seconds",
              "When the certificate of a Certificate expires, in seconds since 1970") {}

void CertificateExpiry::Count() {
  const Result<Listing> listing = store_.List({"certificates.noizy.dev", "", ""}, {});
  if (!listing.ok()) return;
  MutexLock lock(mutex_);
  std::map<ObjectGauges::Labels, Known> known;
  std::map<ObjectGauges::Labels, double> values;
  for (const StoredObjectPtr& object : listing->items) {
    ObjectGauges::Labels labels = {{"namespace", object->key.ns}, {"name", object->key.name}};
    const auto before = known_.find(labels);
    const bool same = before != known_.end() && before->second.revision == object->revision;
    const Known now = same ? before->second : Known{object->revision, ReadNotAfter(*object)};
    if (now.not_after_s > 0) values[labels] = now.not_after_s;
    known.emplace(std::move(labels), now);
  }
  known_.swap(known);
  gauges_.Replace(values);
}

}  // namespace noizy::apiserver
