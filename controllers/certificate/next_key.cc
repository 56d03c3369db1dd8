#include "controllers/certificate/next_key.h"

#include "controllers/certificate/names.h"
#include "controllers/certificate/wanted.h"
#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"
#include "machinery/meta/condition.h"
#include "machinery/value/base64.h"

namespace noizy::certificate {
namespace {

// Whether the key in the Secret can serve again.
bool MayReuse(const Surroundings& around) {
  if (around.certificate->spec.private_key.rotation_policy != "Never" || around.secret == nullptr)
    return false;
  const Result<KeySpec> key = KeySpecOfPem(MemberOf(*around.secret, kPrivateKeyKey));
  const Result<Wanted> wanted = WantedOf(around.certificate->spec);
  return key.ok() && wanted.ok() && SameKind(*key, wanted->key);
}

Secret SecretOf(const Certificate& certificate, const std::string& key_pem) {
  Secret secret;
  secret.metadata.ns = certificate.metadata.ns;
  secret.metadata.name = NextKeyName(certificate);
  secret.metadata.annotations[std::string(kNameAnnotation)] = certificate.metadata.name;
  secret.metadata.owner_references = {{std::string(Certificate::kApiVersion),
                                       std::string(Certificate::kKind), certificate.metadata.name,
                                       certificate.metadata.uid, true, false}};
  secret.data[std::string(kPrivateKeyKey)] = EncodeBase64(key_pem);
  return secret;
}

// Ok when somebody was faster.
Status Settled(const Status& status) {
  const bool settled =
      status.reason() == StatusReason::kAlreadyExists || status.reason() == StatusReason::kNotFound;
  return settled ? Status::Ok() : status;
}

}  // namespace

KeyPlan DecideNextKey(const Surroundings& around) {
  const Certificate& certificate = *around.certificate;
  const bool wanted = IsConditionTrue(certificate.status.conditions, kIssuing) &&
                      !certificate.metadata.BeingDeleted();
  if (!wanted) return around.next_key == nullptr ? KeyPlan::kNothing : KeyPlan::kDiscard;
  if (around.next_key != nullptr) {
    const auto key = KeySpecOfPem(MemberOf(*around.next_key, kPrivateKeyKey));
    const auto asked = WantedOf(certificate.spec);
    const bool fits = key.ok() && asked.ok() && SameKind(*key, asked->key);
    return fits ? KeyPlan::kNothing : KeyPlan::kDiscard;
  }
  return MayReuse(around) ? KeyPlan::kReuse : KeyPlan::kGenerate;
}

NextKeyReconciler::NextKeyReconciler(const ControllerContext& context, KeyMaker make)
    : client_(context.client), gatherer_(context), make_(std::move(make)) {}

Result<std::string> NextKeyReconciler::NextKey(const Surroundings& around, KeyPlan plan) const {
  if (plan == KeyPlan::kReuse) return MemberOf(*around.secret, kPrivateKeyKey);
  NOIZY_ASSIGN_OR_RETURN(const Wanted wanted, WantedOf(around.certificate->spec));
  return make_(wanted.key);
}

Result<Requeue> NextKeyReconciler::Reconcile(const ObjectKey& key) {
  // Read, Gather
  const Surroundings around = gatherer_.Gather(key);
  if (around.certificate == nullptr) return Requeue::None();
  // Decide
  const KeyPlan plan = DecideNextKey(around);
  if (plan == KeyPlan::kNothing) return Requeue::None();
  // Act
  const TypedClient<Secret> secrets(client_);
  if (plan == KeyPlan::kDiscard) {
    DeleteOptions options;
    options.uid = around.next_key->metadata.uid;
    NOIZY_RETURN_IF_ERROR(Settled(secrets.Delete(around.next_key->metadata.Key(), options)));
    return Requeue::None();
  }
  NOIZY_ASSIGN_OR_RETURN(const std::string pem, NextKey(around, plan));
  const Secret secret = SecretOf(*around.certificate, pem);
  NOIZY_RETURN_IF_ERROR(Settled(secrets.Create(secret, ManagedBy(name())).status()));
  return Requeue::None();
}

}  // namespace noizy::certificate
