#include "controllers/certificate/revocation.h"

#include "controllers/certificate/names.h"
#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"
#include "machinery/meta/time.h"

namespace noizy::certificate {

std::optional<std::string> SerialToRevoke(const Surroundings& around) {
  if (!around.certificate->spec.revoked || !around.leaf || around.on_revocation_list)
    return std::nullopt;
  // A list is of one CA's certificates; this one is the grid's.
  if (around.certificate->spec.issuer_ref.kind != "GridCA") return std::nullopt;
  return around.leaf->serial;
}

RevocationReconciler::RevocationReconciler(const ControllerContext& context)
    : client_(context.client), events_(context.events), gatherer_(context) {}

Result<Requeue> RevocationReconciler::Reconcile(const ObjectKey& key) {
  // Read, Gather
  const Surroundings around = gatherer_.Gather(key);
  if (around.certificate == nullptr || around.certificate->metadata.BeingDeleted())
    return Requeue::None();
  // Decide
  const auto serial = SerialToRevoke(around);
  if (!serial) return Requeue::None();
  // Act, Report
  NOIZY_RETURN_IF_ERROR(Add(*serial, around.now));
  events_.Warning(ReferenceTo(*around.certificate), "Revoked",
                  "Serial number " + *serial + " is on the revocation list");
  return Requeue::None();
}

Status RevocationReconciler::Add(const std::string& serial, WallTime now) {
  const ObjectKey key{std::string(kGridNamespace), std::string(kRevokedMap)};
  const TypedClient<ConfigMap> maps(client_);
  const Value patch = Object{{"data", Object{{serial, FormatTime(now)}}}};
  const Status patched = maps.Patch(key, PatchType::kMerge, patch, ManagedBy(name())).status();
  if (patched.reason() != StatusReason::kNotFound) return patched;
  ConfigMap map;
  map.metadata.ns = key.ns;
  map.metadata.name = key.name;
  map.data[serial] = FormatTime(now);
  const Status made = maps.Create(map, ManagedBy(name())).status();
  // Somebody made it meanwhile: looked at again, with what they wrote.
  return made.reason() == StatusReason::kAlreadyExists
             ? Conflict("configmaps", key.name, "it was made meanwhile")
             : made;
}

}  // namespace noizy::certificate
