// cert issue, renew, revoke, approve, deny: what changes a certificate.
#include "cli/certificates.h"
#include "cli/commands.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

constexpr std::string_view kManager = "noizy-cert";

constexpr Flag kIssueFlags[] = {
    {"dns", 0, FlagKind::kList, "NAME", "a DNS name; may come many times"},
    {"ip", 0, FlagKind::kList, "ADDRESS", "an IP address; may come many times"},
    {"common-name", 0, FlagKind::kText, "NAME", "the subject's common name (NAME)"},
    {"usage", 0, FlagKind::kList, "USAGE", "server auth, client auth, … (server auth)"},
    {"duration", 0, FlagKind::kText, "DURATION", "how long it is valid (2160h)"},
    {"algorithm", 0, FlagKind::kText, "KEY", "ECDSA, RSA or Ed25519 (ECDSA)"},
    {"secret", 0, FlagKind::kText, "NAME", "the Secret to write (NAME-tls)"},
    {"issuer", 0, FlagKind::kText, "SECRET", "a CA in a Secret, instead of the grid's own"}};

constexpr Flag kRevokeFlags[] = {
    {"serial", 0, FlagKind::kList, "HEX", "a certificate's serial number; may come many times"}};

Array TextsOf(const std::vector<std::string>& texts) {
  Array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

// The Certificate that the flags describe.
Value DescribedBy(const FlagValues& flags, const std::string& name, const std::string& ns) {
  Value out = Object{{"apiVersion", "noizy.dev/v1"},
                     {"kind", "Certificate"},
                     {"metadata", Object{{"name", name}, {"namespace", ns}}}};
  Value& spec = Ensure(out, {"spec"});
  const std::string_view common_name = flags.Text("common-name");
  Set(spec, {"commonName"}, Value(common_name.empty() ? std::string_view(name) : common_name));
  if (!flags.List("dns").empty()) Set(spec, {"dnsNames"}, TextsOf(flags.List("dns")));
  if (!flags.List("ip").empty()) Set(spec, {"ipAddresses"}, TextsOf(flags.List("ip")));
  if (!flags.List("usage").empty()) Set(spec, {"usages"}, TextsOf(flags.List("usage")));
  if (flags.Has("duration")) Set(spec, {"duration"}, Value(flags.Text("duration")));
  if (flags.Has("algorithm"))
    Set(spec, {"privateKey", "algorithm"}, Value(flags.Text("algorithm")));
  const std::string secret(flags.Text("secret"));
  Set(spec, {"secretName"}, Value(secret.empty() ? name + "-tls" : secret));
  Set(spec, {"issuerRef", "name"},
      Value(flags.Has("issuer") ? flags.Text("issuer") : std::string_view("noizy-ca")));
  if (flags.Has("issuer")) Set(spec, {"issuerRef", "kind"}, "SecretCA");
  return out;
}

Result<int> RunIssue(Invocation& invocation) {
  if (invocation.words().size() != 1) return WrongUsage("say the Certificate's name");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const std::string& name = invocation.words().front();
  const Value certificate = DescribedBy(invocation.flags(), name, session->ns());
  NOIZY_RETURN_IF_ERROR(session->client()
                            .Create(kCertificates, session->ns(), certificate,
                                    {.field_manager = std::string(kManager)})
                            .status());
  invocation.out() << "certificate.noizy.dev/" << name << " created\n";
  invocation.err() << "Wait for it: noizy wait --for=condition=Ready cert/" << name
                   << "; then: noizy cert export " << name << " --to FOLDER\n";
  return kExitOk;
}

// Applies `patch` to each Certificate that the words name, and says `done` of it.
Result<int> PatchEach(Invocation& invocation, std::string_view subresource,
                      const std::function<Result<Value>(const Value& seen)>& patch,
                      std::string_view done) {
  if (invocation.words().empty()) return WrongUsage("say which Certificates: NAME…");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  int code = kExitOk;
  for (const std::string& name : invocation.words()) {
    const ObjectKey key{session->ns(), name};
    const Result<Value> seen = session->client().Get(kCertificates, key);
    Status status = seen.status();
    if (status.ok()) {
      const Result<Value> change = patch(*seen);
      status = change.ok() ? session->client()
                                 .Patch(kCertificates, key, PatchType::kMerge, *change,
                                        {.field_manager = std::string(kManager)}, subresource)
                                 .status()
                           : change.status();
    }
    if (status.ok()) {
      invocation.out() << "certificate.noizy.dev/" << name << " " << done << "\n";
    } else {
      invocation.Say(status);
      code = kExitFailed;
    }
  }
  return code;
}

// As cert-manager's users know it: Issuing becomes True, and the controller goes on from there.
Result<int> RunRenew(Invocation& invocation) {
  const std::string now = FormatTime(invocation.environment().clock.Now());
  const auto patch = [&now](const Value& seen) -> Result<Value> {
    if (BoolAt(seen, {"spec", "revoked"}))
      return BadRequest("certificates.noizy.dev \"" + std::string(NameOf(seen)) +
                        "\" is revoked: set spec.revoked to false, and it is issued anew");
    Array conditions;
    if (const Array* old = ArrayAt(seen, {"status", "conditions"})) {
      for (const Value& condition : *old) {
        if (StringAt(condition, {"type"}) != "Issuing") conditions.push_back(condition);
      }
    }
    conditions.push_back(Object{{"type", "Issuing"},
                                {"status", "True"},
                                {"reason", "ManuallyTriggered"},
                                {"message", "Somebody asked for it"},
                                {"lastTransitionTime", now},
                                {"observedGeneration", GenerationOf(seen)}});
    return Value(Object{
        {"metadata", Object{{"resourceVersion", StringAt(seen, {"metadata", "resourceVersion"})}}},
        {"status", Object{{"conditions", std::move(conditions)}}}});
  };
  return PatchEach(invocation, "status", patch, "is being renewed");
}

// For certificates without a Certificate, a node's say: their serial numbers go on the list as they
// are.
Status RevokeSerials(Invocation& invocation) {
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const std::string now = FormatTime(invocation.environment().clock.Now());
  Object serials;
  for (const std::string& serial : invocation.flags().List("serial")) serials[serial] = now;
  const WriteOptions options{.field_manager = std::string(kManager)};
  Value map = Object{{"data", serials}};
  const Status patched =
      session->client().Patch(kConfigMaps, kRevokedMap, PatchType::kMerge, map, options).status();
  if (patched.reason() != StatusReason::kNotFound) return patched;
  Set(map, {"apiVersion"}, "v1");
  Set(map, {"kind"}, "ConfigMap");
  Set(map, {"metadata", "name"}, Value(kRevokedMap.name));
  Set(map, {"metadata", "namespace"}, Value(kRevokedMap.ns));
  return session->client().Create(kConfigMaps, kRevokedMap.ns, map, options).status();
}

Result<int> RunRevoke(Invocation& invocation) {
  const auto& serials = invocation.flags().List("serial");
  if (!serials.empty()) {
    NOIZY_RETURN_IF_ERROR(RevokeSerials(invocation));
    for (const std::string& serial : serials)
      invocation.out() << "serial number " << serial << " revoked\n";
    if (invocation.words().empty()) return kExitOk;
  }
  const auto patch = [](const Value&) -> Result<Value> {
    return Value(Object{{"spec", Object{{"revoked", true}}}});
  };
  return PatchEach(invocation, "", patch, "revoked");
}

Result<int> Decide(Invocation& invocation, std::string_view type, std::string_view done) {
  if (invocation.words().empty()) return WrongUsage("say which CertificateSigningRequests: NAME…");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const std::string now = FormatTime(invocation.environment().clock.Now());
  for (const std::string& name : invocation.words()) {
    const ObjectKey key{"", name};
    NOIZY_ASSIGN_OR_RETURN(const Value seen, session->client().Get(kSigningRequests, key));
    Array conditions;
    if (const Array* old = ArrayAt(seen, {"status", "conditions"})) conditions = *old;
    conditions.push_back(Object{{"type", type},
                                {"status", "True"},
                                {"reason", "NoizyCert"},
                                {"message", "Decided with noizy cert"},
                                {"lastUpdateTime", now},
                                {"lastTransitionTime", now}});
    const Value patch = Object{{"status", Object{{"conditions", std::move(conditions)}}}};
    NOIZY_RETURN_IF_ERROR(session->client()
                              .Patch(kSigningRequests, key, PatchType::kMerge, patch,
                                     {.field_manager = std::string(kManager)}, "approval")
                              .status());
    invocation.out() << "certificatesigningrequest.certificates.k8s.io/" << name << " " << done
                     << "\n";
  }
  return kExitOk;
}

Result<int> RunApprove(Invocation& invocation) {
  return Decide(invocation, "Approved", "approved");
}
Result<int> RunDeny(Invocation& invocation) {
  return Decide(invocation, "Denied", "denied");
}

}  // namespace

const Command kCertIssue = {.name = "cert issue",
                            .usage = "NAME [--dns NAME]… [--ip ADDRESS]…",
                            .summary = "Make a Certificate",
                            .details = "",
                            .flags = kIssueFlags,
                            .run = RunIssue};
const Command kCertRenew = {.name = "cert renew",
                            .usage = "NAME…",
                            .summary = "Issue a Certificate anew, now",
                            .details = "",
                            .flags = {},
                            .run = RunRenew};
const Command kCertRevoke = {.name = "cert revoke",
                             .usage = "NAME… | --serial HEX…",
                             .summary = "Put certificates on the revocation list",
                             .details = "Who shows one is out at once.",
                             .flags = kRevokeFlags,
                             .run = RunRevoke};
const Command kCertApprove = {.name = "cert approve",
                              .usage = "REQUEST…",
                              .summary = "Approve certificate signing requests",
                              .details = "",
                              .flags = {},
                              .run = RunApprove};
const Command kCertDeny = {.name = "cert deny",
                           .usage = "REQUEST…",
                           .summary = "Deny certificate signing requests",
                           .details = "",
                           .flags = {},
                           .run = RunDeny};

}  // namespace noizy::cli
