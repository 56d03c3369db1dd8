// An ordinary user of a bench's grid: a client certificate of the grid's own authority, and roles
// that let the user work on Tasks. What an administrator does passes no rule.
#pragma once

#include <string>

#include "bench/served_grid.h"
#include "bench/tls_client.h"
#include "machinery/base/clock.h"
#include "machinery/pki/pki.h"

namespace noizy::bench {

/// A certificate for `name`, in no group. Empty when the grid's authority cannot be read.
inline TlsIdentity CertifyUser(const ServedGrid& grid, const std::string& name) {
  const std::string pki = grid.folder() + "/pki/";
  const auto certificate = ReadFile(pki + "ca.crt");
  const auto key = ReadFile(pki + "ca.key");
  const auto own_key = GenerateKey({});
  if (!certificate.ok() || !key.ok() || !own_key.ok()) return {};
  CertificateProfile profile;
  profile.subject.common_name = name;
  profile.not_before = RealClock::Instance().Now() - std::chrono::hours(1);
  profile.not_after = RealClock::Instance().Now() + std::chrono::hours(24);
  profile.usages = {"digital signature", "client auth"};
  TlsIdentity user;
  user.private_key_pem = *own_key;
  user.ca_pem = *certificate;
  user.certificate_pem =
      SignCertificate({*certificate, *key}, profile, PublicKeyOf(*own_key).ValueOr("")).ValueOr("");
  return user;
}

/// Lets `name` work on the Tasks of the namespace default, by a Role and a RoleBinding.
inline bool AllowTasks(const ServedGrid& grid, const std::string& name) {
  const std::string rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/";
  const std::string type = R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":)";
  TlsClient admin(grid.https_port(), grid.identity());
  return admin.Call("POST", rbac + "roles",
                    type + R"("Role","metadata":{"name":")" + name +
                        R"("},"rules":[{"apiGroups":["noizy.dev"],)"
                        R"("resources":["tasks","tasks/status"],"verbs":["*"]}]})") == 201 &&
         admin.Call("POST", rbac + "rolebindings",
                    type + R"("RoleBinding","metadata":{"name":")" + name +
                        R"("},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role",)"
                        R"("name":")" +
                        name +
                        R"("},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User",)"
                        R"("name":")" +
                        name + R"("}]})") == 201;
}

}  // namespace noizy::bench
