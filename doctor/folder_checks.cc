#include "doctor/folder_checks.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "machinery/client/kubeconfig.h"
#include "machinery/meta/time.h"
#include "machinery/os/files.h"
#include "machinery/os/host.h"
#include "machinery/os/ownership.h"
#include "machinery/pki/pki.h"

namespace noizy::doctor {
namespace {

constexpr Duration kDay = std::chrono::hours(24);
// Servers renew theirs long before; what lasts less than this, nobody renews.
constexpr Duration kSoon = 14 * kDay;

// Private files that are there.
std::vector<std::string> PrivateFiles(const std::string& data_dir) {
  std::vector<std::string> files;
  for (const char* name : {"secrets.key", "kubeconfig", "store/noizy.db", "store/noizy.db-wal"}) {
    if (FileExists(data_dir + "/" + name)) files.push_back(data_dir + "/" + name);
  }
  const std::vector<std::string> names = ListFolder(data_dir + "/pki").ValueOr({});
  for (const std::string& name : names) {
    if (name.ends_with(".key")) files.push_back(data_dir + "/pki/" + name);
  }
  return files;
}

std::vector<std::string> CertificateFiles(const std::string& folder) {
  std::vector<std::string> files;
  const std::vector<std::string> names = ListFolder(folder).ValueOr({});
  for (const std::string& name : names) {
    if (name.ends_with(".crt")) files.push_back(name);
  }
  return files;
}

Finding Expiry(const std::string& name, const ParsedCertificate& certificate, WallTime now) {
  const std::string mend = name == "server.crt"
                               ? "restart the control plane, which renews it"
                               : "restart the control plane; if it stays, see noizy ca --help";
  const Duration left = certificate.not_after - now;
  if (left <= Duration::zero())
    return {"certificates", Verdict::kFail, name + " expired " + HumanDuration(-left) + " ago",
            mend};
  if (certificate.not_before > now)
    return {"certificates", Verdict::kFail, name + " is not valid yet", "set this machine's clock"};
  if (left < kSoon)
    return {"certificates", Verdict::kWarn, name + " expires in " + HumanDuration(left), mend};
  return {"certificates", Verdict::kOk, name + " for " + HumanDuration(left)};
}

// The grid's own chain: who must have signed what.
Status CheckChain(const std::string& folder, const std::string& name, const std::string& pem,
                  WallTime now) {
  const std::string ca = ReadFile(folder + "/ca.crt").ValueOr("");
  if (name == "server.crt") return VerifyCertificate(pem, ca, now, "server auth");
  if (name != "issuer.crt" || CheckIssuedBy(pem, pem).ok()) return Status::Ok();
  return CheckIssuedBy(pem, ca);
}

Finding CheckCertificate(const std::string& folder, const std::string& name, WallTime now) {
  const auto pem = ReadFile(folder + "/" + name);
  const auto parsed = pem.ok() ? ParseCertificate(*pem) : Result<ParsedCertificate>(pem.status());
  if (!parsed.ok()) {
    return {"certificates", Verdict::kFail, name + ": " + parsed.status().message(),
            "restore it from a backup"};
  }
  Finding finding = Expiry(name, *parsed, now);
  if (finding.verdict == Verdict::kFail) return finding;
  const Status chain = CheckChain(folder, name, *pem, now);
  if (chain.ok()) return finding;
  return {"certificates", Verdict::kFail, name + " does not chain to ca.crt: " + chain.message(),
          "restart the control plane, which issues it anew"};
}

// The administrator's, which is renewed at the start when little is left of it.
Finding CheckAdministrator(const std::string& data_dir, WallTime now) {
  const auto context = LoadKubeconfig({data_dir + "/kubeconfig"}, "");
  const auto parsed = context.ok() ? ParseCertificate(context->http.tls.certificate_pem)
                                   : Result<ParsedCertificate>(context.status());
  if (parsed.ok()) return Expiry("kubeconfig", *parsed, now);
  return {"certificates", Verdict::kFail, parsed.status().message(),
          "delete the kubeconfig and restart the control plane, which makes a new one"};
}

// What matters of two: the worse, or both when both are well.
void Add(Finding& all, Finding one) {
  if (one.verdict > all.verdict) {
    all = std::move(one);
  } else if (all.verdict == Verdict::kOk) {
    all.says += (all.says.empty() ? "" : ", ") + one.says;
  }
}

std::string Gigabytes(std::int64_t bytes) {
  constexpr std::int64_t kTenth = 100'000'000;
  const std::int64_t tenths = bytes / kTenth;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

}  // namespace

Finding CheckModes(const std::string& data_dir) {
  std::vector<std::string> paths = PrivateFiles(data_dir);
  paths.insert(paths.begin(), data_dir);
  for (const std::string& path : paths) {
    if (const Status owned = RequireOwned(path); !owned.ok()) {
      return {"data folder", Verdict::kFail, owned.message(),
              "run noizy as that user, or give it to this one (chown -R)"};
    }
    if (const Status closed = RequirePrivate(path); !closed.ok())
      return {"data folder", Verdict::kFail, closed.message()};
  }
  return {"data folder", Verdict::kOk,
          data_dir + " and " + std::to_string(paths.size() - 1) +
              " private files are this user's alone"};
}

Finding CheckDisk(const std::string& data_dir) {
  constexpr std::int64_t kLow = std::int64_t{1} << 30;
  constexpr std::int64_t kTooLow = std::int64_t{100} << 20;
  const auto space = ReadDiskSpace(data_dir);
  if (!space.ok()) return {"disk space", Verdict::kFail, space.status().message()};
  const std::string says =
      Gigabytes(space->free_bytes) + " of " + Gigabytes(space->total_bytes) + " are free";
  const std::string mend = "free some: writes stop when it is full";
  if (space->free_bytes < kTooLow) return {"disk space", Verdict::kFail, says, mend};
  if (space->free_bytes < std::max(kLow, space->total_bytes / 20))
    return {"disk space", Verdict::kWarn, says, mend};
  return {"disk space", Verdict::kOk, says};
}

Finding CheckCertificates(const std::string& data_dir, WallTime now) {
  const std::string folder = data_dir + "/pki";
  const std::vector<std::string> names = CertificateFiles(folder);
  if (names.empty()) {
    return {"certificates", Verdict::kFail, folder + " holds none",
            "restore them from a backup, or start the control plane, which makes a new CA"};
  }
  Finding all{"certificates", Verdict::kOk, ""};
  for (const std::string& name : names) Add(all, CheckCertificate(folder, name, now));
  if (FileExists(data_dir + "/kubeconfig")) Add(all, CheckAdministrator(data_dir, now));
  return all;
}

}  // namespace noizy::doctor
