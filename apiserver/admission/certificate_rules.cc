// The rules of Certificate that no schema can say: what its fields say must fit together.
#include <optional>

#include "apiserver/admission/rules.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"
#include "machinery/pki/pki.h"

namespace noizy::apiserver {
namespace {

using Causes = std::vector<StatusCause>;

// A shorter life leaves no time to mend what fails (cert-manager's minimum too).
constexpr Duration kMinDuration = std::chrono::hours(1);
constexpr Duration kMinRenewBefore = std::chrono::minutes(5);

void AddInvalid(Causes& causes, std::string why, std::string field) {
  causes.push_back({"FieldValueInvalid", "Invalid value: " + std::move(why), std::move(field)});
}

bool HasAny(const Value& object, std::string_view list) {
  const Array* items = ArrayAt(object, {"spec", list});
  return items != nullptr && !items->empty();
}

void CheckNames(const Value& object, Causes& causes) {
  const bool named = !StringAt(object, {"spec", "commonName"}).empty() ||
                     HasAny(object, "dnsNames") || HasAny(object, "ipAddresses") ||
                     HasAny(object, "uris") || HasAny(object, "emailAddresses");
  if (named) return;
  causes.push_back({"FieldValueRequired",
                    "Required value: at least one of commonName, dnsNames, ipAddresses, uris and "
                    "emailAddresses",
                    "spec"});
}

void CheckAddresses(const Value& object, Causes& causes) {
  const Array* addresses = ArrayAt(object, {"spec", "ipAddresses"});
  for (std::size_t i = 0; addresses != nullptr && i < addresses->size(); ++i) {
    const std::string text(View(addresses->at(i).get_string()));
    if (IsIpAddress(text)) continue;
    AddInvalid(causes, "\"" + text + "\": must be an IP address",
               "spec.ipAddresses[" + std::to_string(i) + "]");
  }
}

void CheckKey(const Value& object, Causes& causes) {
  const std::string_view algorithm = StringAt(object, {"spec", "privateKey", "algorithm"});
  const std::optional<std::int64_t> size = IntAt(object, {"spec", "privateKey", "size"});
  if (!size) return;
  const bool ecdsa = *size == 256 || *size == 384 || *size == 521;
  const bool fits = algorithm == "RSA" ? !ecdsa : algorithm == "ECDSA" && ecdsa;
  if (fits) return;
  std::string why = std::to_string(*size);
  why.append(": ").append(algorithm);
  why += algorithm == "RSA"     ? " keys have 2048, 3072 or 4096 bits"
         : algorithm == "ECDSA" ? " keys have 256, 384 or 521 bits"
                                : " keys have one size; leave it out";
  AddInvalid(causes, std::move(why), "spec.privateKey.size");
}

void CheckTimes(const Value& object, Causes& causes) {
  const Result<Duration> duration = ParseDuration(StringAt(object, {"spec", "duration"}));
  if (!duration.ok())
    return AddInvalid(causes, std::string(duration.status().message()), "spec.duration");
  if (*duration < kMinDuration) AddInvalid(causes, "must be 1h or more", "spec.duration");
  const std::string_view text = StringAt(object, {"spec", "renewBefore"});
  if (text.empty()) return;
  if (Find(object, {"spec", "renewBeforePercentage"}) != nullptr) {
    AddInvalid(causes, "may not be set together with renewBefore", "spec.renewBeforePercentage");
  }
  const Result<Duration> before = ParseDuration(text);
  if (!before.ok() || *before < kMinRenewBefore)
    return AddInvalid(causes, "must be 5m or more", "spec.renewBefore");
  if (*before >= *duration) AddInvalid(causes, "must be shorter than duration", "spec.renewBefore");
}

void CheckIssuer(const Value& object, Causes& causes) {
  const std::string_view kind = StringAt(object, {"spec", "issuerRef", "kind"});
  const std::string_view name = StringAt(object, {"spec", "issuerRef", "name"});
  if (kind == "GridCA" && name != "noizy-ca") {
    std::string why = "\"";
    why.append(name).append(
        "\": the grid's own CA is noizy-ca; a CA in a Secret has kind: SecretCA");
    AddInvalid(causes, std::move(why), "spec.issuerRef.name");
  }
  if (kind == "SecretCA" && name == StringAt(object, {"spec", "secretName"}))
    AddInvalid(causes, "a certificate cannot sign itself; that is kind: SelfSigned",
               "spec.issuerRef.name");
}

void CheckUsages(const Value& object, Causes& causes) {
  if (BoolAt(object, {"spec", "isCA"})) return;
  const Array* usages = ArrayAt(object, {"spec", "usages"});
  for (std::size_t i = 0; usages != nullptr && i < usages->size(); ++i) {
    if (View(usages->at(i).get_string()) != "cert sign") continue;
    AddInvalid(causes, "\"cert sign\": only with isCA: true",
               "spec.usages[" + std::to_string(i) + "]");
  }
}

}  // namespace

Status AdmitCertificate(const AdmissionRequest& request) {
  if (WritesStatus(request.subresource)) return Status::Ok();
  Causes causes;
  const Value& object = request.object;
  CheckNames(object, causes);
  CheckAddresses(object, causes);
  CheckKey(object, causes);
  CheckTimes(object, causes);
  CheckIssuer(object, causes);
  CheckUsages(object, causes);
  if (causes.empty()) return Status::Ok();
  return Invalid("Certificate", "noizy.dev", NameOf(object), std::move(causes));
}

}  // namespace noizy::apiserver
