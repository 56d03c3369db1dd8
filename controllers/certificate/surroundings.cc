#include "controllers/certificate/surroundings.h"

#include "controllers/certificate/names.h"
#include "machinery/value/base64.h"

namespace noizy::certificate {
namespace {

// The CA in a Secret, if it is one.
Result<IssuerNow> IssuerIn(const Secret& secret, WallTime now) {
  const std::string chain = MemberOf(secret, kCertificateKey);
  NOIZY_ASSIGN_OR_RETURN(const CertificateAuthority authority,
                         ReadAuthority(chain, MemberOf(secret, kPrivateKeyKey), "", now));
  // Without a ca.crt the CA is trusted as it is: a root, or as good as one.
  std::string roots = MemberOf(secret, kCaKey);
  if (roots.empty()) roots = authority.certificate_pem;
  return IssuerNow{authority.certificate_pem, std::move(roots), authority.private_key_pem};
}

ObjectKey OwnerIn(const ObjectMeta& metadata) {
  return {AnnotationIn(metadata, kNamespaceAnnotation), AnnotationIn(metadata, kNameAnnotation)};
}

// Certificates that a Secret concerns: the one it was written for; those that want it, or whose CA
// it is.
std::vector<ObjectKey> KeysOf(const Secret& secret, const Lister<Certificate>& certificates) {
  std::vector<ObjectKey> keys;
  const ObjectKey owner = OwnerIn(secret.metadata);
  if (!owner.name.empty()) keys.push_back({secret.metadata.ns, owner.name});
  const bool of_leaf =
      !owner.name.empty() && AnnotationIn(secret.metadata, "noizy.dev/is-ca") != "true";
  if (of_leaf) return keys;
  const auto& all = certificates.All();
  for (auto at = all.lower_bound({secret.metadata.ns, ""});
       at != all.end() && at->first.ns == secret.metadata.ns; ++at) {
    const CertificateSpec& spec = at->second->spec;
    const bool signs =
        spec.issuer_ref.kind == "SecretCA" && spec.issuer_ref.name == secret.metadata.name;
    if (signs || spec.secret_name == secret.metadata.name) keys.push_back(at->first);
  }
  return keys;
}

std::vector<ObjectKey> KeysOf(const ConfigMap& map, const Lister<Certificate>& certificates) {
  if (map.metadata.ns != kGridNamespace) return {};
  std::vector<ObjectKey> keys;
  const bool is_ca = map.metadata.name == kGridCaMap;
  if (!is_ca && map.metadata.name != kRevokedMap) return {};
  for (const auto& [key, certificate] : certificates.All()) {
    const bool concerned =
        is_ca ? certificate->spec.issuer_ref.kind == "GridCA"
              : certificate->spec.revoked || map.data.contains(certificate->status.serial_number);
    if (concerned) keys.push_back(key);
  }
  return keys;
}

}  // namespace

std::string MemberOf(const Secret& secret, std::string_view name) {
  const auto found = secret.data.find(std::string(name));
  return found == secret.data.end() ? std::string() : DecodeBase64(found->second).ValueOr("");
}

void TakeSecret(std::shared_ptr<const Secret> secret, Surroundings& around) {
  around.secret = std::move(secret);
  around.leaf.reset();
  if (around.secret == nullptr) return;
  auto leaf = ParseCertificate(MemberOf(*around.secret, kCertificateKey));
  if (leaf.ok()) around.leaf = *std::move(leaf);
}

Gatherer::Gatherer(const ControllerContext& context)
    : clock_(context.clock),
      certificates_(context.informers.Get<Certificate>().lister()),
      secrets_(context.informers.Get<Secret>().lister()),
      maps_(context.informers.Get<ConfigMap>().lister()),
      requests_(context.informers.Get<CertificateSigningRequest>().lister()) {}

Surroundings Gatherer::Gather(const ObjectKey& key) const {
  Surroundings around;
  around.now = clock_.Now();
  around.certificate = certificates_.Get(key);
  if (around.certificate == nullptr) return around;
  const Certificate& certificate = *around.certificate;
  TakeSecret(secrets_.Get({key.ns, certificate.spec.secret_name}), around);
  around.next_key = secrets_.Get({key.ns, NextKeyName(certificate)});
  around.request = requests_.Get({"", RequestName(certificate)});
  FindIssuer(around);
  const auto revoked = maps_.Get({std::string(kGridNamespace), std::string(kRevokedMap)});
  around.on_revocation_list =
      around.leaf && revoked != nullptr && revoked->data.contains(around.leaf->serial);
  return around;
}

void Gatherer::FindIssuer(Surroundings& around) const {
  const CertificateIssuerRef& issuer = around.certificate->spec.issuer_ref;
  if (issuer.kind == "SelfSigned") {
    around.issuer = IssuerNow();
  } else if (issuer.kind == "SecretCA") {
    const auto secret = secrets_.Get({around.certificate->metadata.ns, issuer.name});
    const auto found = secret == nullptr ? Result<IssuerNow>(NotFound("secrets", issuer.name))
                                         : IssuerIn(*secret, around.now);
    if (found.ok()) around.issuer = *found;
    around.issuer_fault = found.ok() ? "" : found.status().message();
  } else {
    const auto map = maps_.Get({std::string(kGridNamespace), std::string(kGridCaMap)});
    const bool known = map != nullptr && map->data.contains(std::string(kIssuerKey));
    if (known) {
      around.issuer = IssuerNow{map->data.at(std::string(kIssuerKey)),
                                map->data.contains("ca.crt") ? map->data.at("ca.crt") : "", ""};
    } else {
      around.issuer_fault = "the control plane has not published its CA yet";
    }
  }
}

void WatchSurroundings(Controller& controller, const ControllerContext& context) {
  const Lister<Certificate>& certificates = context.informers.Get<Certificate>().lister();
  controller.For<Certificate>();
  controller.Watches<Secret>(
      [&certificates](const Secret& secret) { return KeysOf(secret, certificates); });
  controller.Watches<ConfigMap>(
      [&certificates](const ConfigMap& map) { return KeysOf(map, certificates); });
  controller.Watches<CertificateSigningRequest>([](const CertificateSigningRequest& request) {
    const ObjectKey owner = OwnerIn(request.metadata);
    return owner.name.empty() ? std::vector<ObjectKey>() : std::vector<ObjectKey>{owner};
  });
}

}  // namespace noizy::certificate
