// `noizy doctor`.
#include <charconv>
#include <cstdio>

#include "cmd/noizy/commands.h"
#include "cmd/noizy/connection.h"
#include "cmd/noizy/plane_files.h"
#include "cmd/noizy/program.h"
#include "doctor/finding.h"
#include "doctor/folder_checks.h"
#include "doctor/grid_checks.h"
#include "doctor/host_checks.h"
#include "doctor/store_check.h"
#include "machinery/base/clock.h"
#include "machinery/os/files.h"
#include "machinery/os/process.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

using doctor::Finding;
using doctor::Findings;
using doctor::Verdict;

FlagTable DoctorFlags() {
  FlagTable table;
  table.valued = {{"--data-dir", "the control plane's data folder (~/.noizy, if it is one)"},
                  {"--https-port", "the API's port, where none runs (6443)"},
                  {"--grpc-port", "the agents' port (6444 where none runs)"},
                  {"--kubeconfig",
                   "how to reach the API (DIR/kubeconfig; else $NOIZYCONFIG, $KUBECONFIG, "
                   "~/.noizy/kubeconfig)"},
                  {"--context", "the kubeconfig's context (the current one)"},
                  {"-o", "json, for programs"}};
  AddCommonFlags(table);
  return table;
}

void Append(Findings& all, Findings more) {
  all.insert(all.end(), more.begin(), more.end());
}

// Where the local agent, if there is one, dials in.
std::uint16_t AgentsPortOf(const std::string& data_dir) {
  const auto text = ReadFile(data_dir + "/agent/identity/node.json");
  const auto node = text.ok() ? ParseJson(*text) : Result<Value>(text.status());
  if (!node.ok()) return 0;
  const std::string server(StringAt(*node, {"server"}));
  std::uint16_t port = 0;
  const char* digits = server.data() + server.rfind(':') + 1;
  std::from_chars(digits, server.data() + server.size(), port);
  return port;
}

// The ports, as far as they are known.
Result<Findings> CheckPorts(const Flags& flags, const std::string& data_dir, bool served) {
  constexpr char kHere[] = "127.0.0.1";
  Findings findings;
  const std::uint16_t known = served ? AgentsPortOf(data_dir) : 6444;
  NOIZY_ASSIGN_OR_RETURN(const std::uint16_t grpc, flags.Port("--grpc-port", known));
  NOIZY_ASSIGN_OR_RETURN(const std::uint16_t https, flags.Port("--https-port", 6443));
  // Where a server runs, asking it for its readiness is the better check of this one.
  if (!served) findings.push_back(doctor::CheckPort("API's port", kHere, https, served));
  if (grpc != 0) findings.push_back(doctor::CheckPort("agents' port", kHere, grpc, served));
  return findings;
}

// `payload_folder` is empty where the control plane is elsewhere.
Findings CheckGrid(const Flags& flags, const std::string& kubeconfig,
                   const std::string& payload_folder) {
  const Clock& clock = RealClock::Instance();
  Result<KubeconfigContext> context = FindContext(kubeconfig, flags.Text("--context", ""));
  auto client = context.ok() ? ConnectTo(*std::move(context))
                             : Result<std::shared_ptr<Client>>(context.status());
  if (!client.ok()) {
    return {{"server", Verdict::kFail, client.status().message(),
             "say where it is (--kubeconfig), or start one (noizy up)"}};
  }
  Findings findings = doctor::CheckServer(**client, clock);
  if (findings.front().verdict != Verdict::kFail)
    Append(findings, doctor::CheckObjects(**client, NOIZY_VERSION, clock.Now(), payload_folder));
  return findings;
}

// All that the folder on this machine says, and the grid that runs out of it.
Result<Findings> CheckPlane(const Flags& flags, const std::string& data_dir) {
  Findings findings{doctor::CheckModes(data_dir), doctor::CheckDisk(data_dir),
                    doctor::CheckCertificates(data_dir, RealClock::Instance().Now())};
  const auto copy = [&data_dir](const std::string& folder) { return CopyStore(data_dir, folder); };
  const doctor::StoreReport store = doctor::CheckStore(StoreFolder(data_dir), copy);
  findings.push_back(store.finding);
  NOIZY_ASSIGN_OR_RETURN(Findings ports, CheckPorts(flags, data_dir, store.served));
  Append(findings, std::move(ports));
  if (store.served)
    Append(findings, CheckGrid(flags, flags.Text("--kubeconfig", data_dir + "/kubeconfig"),
                               PayloadFolder(data_dir)));
  return findings;
}

Result<Findings> CheckAll(const Flags& flags) {
  const std::string data_dir = DataDir(flags);
  const bool here = flags.Has("--data-dir") || FileExists(StoreFolder(data_dir));
  Result<Findings> findings =
      here ? CheckPlane(flags, data_dir)
           : Result<Findings>(CheckGrid(flags, flags.Text("--kubeconfig", ""), ""));
  if (!findings.ok()) return findings;
  findings->push_back(doctor::CheckFencing(CanMakePidNamespace(), Cgroup::Probe()));
  return findings;
}

Status Doctor(const Flags& flags) {
  const std::string format = flags.Text("-o", "");
  if (!format.empty() && format != "json") return BadRequest("flag -o takes json alone");
  NOIZY_ASSIGN_OR_RETURN(const Findings findings, CheckAll(flags));
  const std::string text =
      format == "json" ? ToJson(doctor::ToValue(findings)) + "\n" : doctor::ToText(findings);
  std::fputs(text.c_str(), stdout);
  if (doctor::WorstOf(findings) != Verdict::kFail) return Status::Ok();
  return Unavailable("a check failed");
}

}  // namespace

Tool DoctorTool() {
  return {"doctor", "Check a grid and its machine, and say what is to be mended",
          "Checks what a person would check, a line each: ok, warn, or fail with the mend. "
          "Ends with 1 when a check\nfailed. No object is changed.",
          DoctorFlags(), Doctor};
}

}  // namespace noizy
