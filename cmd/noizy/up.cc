// `noizy up`: control plane, controllers and an agent in one process. A list of small steps; each
// part's own code is elsewhere.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "cmd/noizy/commands.h"
#include "cmd/noizy/control_plane.h"
#include "cmd/noizy/controller_set.h"
#include "cmd/noizy/passphrase.h"
#include "cmd/noizy/program.h"
#include "machinery/base/log.h"
#include "machinery/client/kubeconfig.h"
#include "machinery/meta/quantity.h"
#include "machinery/os/files.h"
#include "machinery/os/host.h"
#include "machinery/os/signals.h"
#include "machinery/transport/in_process.h"
#include "nodeagent/program.h"

namespace noizy {
namespace {

constexpr std::chrono::milliseconds kStopGrace{2'000};
constexpr Duration kLocalTokenTtl = std::chrono::minutes(5);

// What runs in the process.
enum class Parts : std::uint8_t { kWholeGrid, kControlPlane };

FlagTable UpFlags(Parts parts) {
  FlagTable table;
  table.valued = {{"--data-dir", "where everything is kept (~/.noizy)"},
                  {"--address", "what to listen on (127.0.0.1)"},
                  {"--https-port", "the API's port; 0 picks a free one (6443)"},
                  {"--grpc-port", "the agents' port; 0 picks a free one (6444)"},
                  {"--ca-passphrase-file",
                   "opens the CA's key ($NOIZY_CA_PASSPHRASE, or systemd's "
                   "credential noizy-ca-passphrase)"},
                  {"--secrets-passphrase-file",
                   "protects the keys of Secrets at rest ($NOIZY_SECRETS_PASSPHRASE, or systemd's "
                   "credential noizy-secrets-passphrase)"},
                  {"--ca-key",
                   "a new CA's key: ecdsa-256, ecdsa-384, rsa-3072, rsa-4096 or ed25519 "
                   "(ecdsa-256)"},
                  {"--max-payload-size", "the largest payload that programs may stream (4Gi)"},
                  {"--audit-log-path", "a file for the audit log, JSON lines (none)"},
                  {"--audit-policy-file", "an audit.k8s.io/v1 Policy (all requests' metadata)"},
                  {"--audit-log-maxsize", "megabytes before the log is put aside; 0: never (100)"},
                  {"--audit-log-maxbackup", "files put aside that are kept; 0: all (10)"}};
  if (parts == Parts::kWholeGrid) {
    table.valued.emplace_back("--node-name", "the local agent's name (the host's)");
    AddTaskUserFlag(table);
    AddModelServerFlag(table);
    table.switches = {{"--no-agent", "do not run Tasks on this machine"},
                      {"--no-controllers", "they run elsewhere"}};
  }
  AddCommonFlags(table);
  return table;
}

Result<std::int64_t> ReadPayloadSize(const std::string& text) {
  const auto size = ParseQuantity(text);
  if (!size.ok()) return size.status().WithContext("flag --max-payload-size");
  return size->Whole();
}

Result<KeySpec> ReadKeySpec(const std::string& text) {
  if (text == "ecdsa-256") return KeySpec{KeyAlgorithm::kEcdsa, 256};
  if (text == "ecdsa-384") return KeySpec{KeyAlgorithm::kEcdsa, 384};
  if (text == "rsa-3072") return KeySpec{KeyAlgorithm::kRsa, 3072};
  if (text == "rsa-4096") return KeySpec{KeyAlgorithm::kRsa, 4096};
  if (text == "ed25519") return KeySpec{KeyAlgorithm::kEd25519, 0};
  return BadRequest("flag --ca-key: \"" + text +
                    "\" is none of ecdsa-256, ecdsa-384, rsa-3072, rsa-4096, ed25519");
}

Result<ControlPlaneOptions> ReadOptions(const Flags& flags) {
  ControlPlaneOptions options;
  options.data_dir = DataDir(flags);
  options.address = flags.Text("--address", "127.0.0.1");
  NOIZY_ASSIGN_OR_RETURN(options.https_port, flags.Port("--https-port", options.https_port));
  NOIZY_ASSIGN_OR_RETURN(options.grpc_port, flags.Port("--grpc-port", options.grpc_port));
  NOIZY_ASSIGN_OR_RETURN(options.authority.key, ReadKeySpec(flags.Text("--ca-key", "ecdsa-256")));
  NOIZY_ASSIGN_OR_RETURN(options.authority.passphrase,
                         ReadPassphrase(CaPassphrase(flags.Text("--ca-passphrase-file", ""))));
  NOIZY_ASSIGN_OR_RETURN(
      options.secrets_passphrase,
      ReadPassphrase(SecretsPassphrase(flags.Text("--secrets-passphrase-file", ""))));
  NOIZY_ASSIGN_OR_RETURN(options.max_payload_bytes,
                         ReadPayloadSize(flags.Text("--max-payload-size", "4Gi")));
  options.audit_log.path = flags.Text("--audit-log-path", "");
  options.audit_policy_path = flags.Text("--audit-policy-file", "");
  NOIZY_ASSIGN_OR_RETURN(const std::size_t megabytes, flags.Number("--audit-log-maxsize", 100));
  options.audit_log.max_bytes = megabytes << 20;
  NOIZY_ASSIGN_OR_RETURN(options.audit_log.max_backups, flags.Number("--audit-log-maxbackup", 10));
  return options;
}

// Sets of controllers that run here.
using ControllerSets = std::vector<std::unique_ptr<ControllerSet>>;

ControllerSets StartControllers(ControlPlane& plane) {
  const PeerIdentity identity{"system:noizy:controllers", {"system:masters"}, "in-process"};
  auto transport =
      std::shared_ptr<HttpTransport>(MakeInProcessTransport(plane.handler(), identity));
  const auto client = std::make_shared<Client>(std::move(transport));
  ControllerSets sets;
  for (const ControllerFactory& make : {GridControllers(), CertificateControllers()}) {
    sets.push_back(std::make_unique<ControllerSet>(client, RealClock::Instance(),
                                                   SystemRandom::Instance(), make));
    sets.back()->Start();
  }
  return sets;
}

// The local agent joins like any other: with a token and the CA's hash, over the network.
Result<std::unique_ptr<nodeagent::AgentProgram>> StartAgent(ControlPlane& plane, const Flags& flags,
                                                            const std::string& data_dir) {
  nodeagent::AgentProgramOptions options;
  options.data_dir = data_dir + "/agent";
  options.node_name =
      flags.Text("--node-name", nodeagent::DefaultNodeName(ReadHostFacts().hostname));
  options.agent_version = NOIZY_VERSION;
  options.task_user = flags.Text("--task-user", "");
  options.hidden_dir = data_dir;  // the keys of the CA and of Secrets are there
  options.server = plane.grpc_target();
  options.model_server = ModelServerUrl(flags);
  options.model_server_key = ModelServerKey();
  NOIZY_ASSIGN_OR_RETURN(options.ca_hash,
                         PublicKeyHash(plane.identity()->authorities.current.certificate_pem));
  if (!nodeagent::HasIdentity(options.data_dir)) {
    NOIZY_ASSIGN_OR_RETURN(options.token, plane.CreateJoinToken(kLocalTokenTtl, options.node_name));
  }
  return nodeagent::AgentProgram::Start(std::move(options));
}

void PrintReady(const ControlPlane& plane) {
  std::printf("ready %s grpc %s kubeconfig %s\n", plane.https_url().c_str(),
              plane.grpc_target().c_str(), plane.kubeconfig_path().c_str());
  std::fflush(stdout);
}

// A person without a kubeconfig of noizy's gets this grid as the current context.
void OfferAsCurrentContext(const ControlPlane& plane) {
  const std::string path = HomeFolder() + "/.noizy/kubeconfig";
  if (path == plane.kubeconfig_path() || FileExists(path)) return;
  const Result<KubeconfigContext> context = LoadKubeconfig({plane.kubeconfig_path()}, "");
  Status status = context.status();
  if (status.ok())
    status = AddToKubeconfig(path, context->name, context->http.base_url, context->http.tls);
  if (!status.ok())
    LogWarning("Could not set the current context", {{"path", path}, {"error", status.message()}});
}

std::string Usage(Parts parts) {
  return parts == Parts::kWholeGrid
             ? UsageText("up", "Runs the whole grid on this machine, in the foreground.",
                         UpFlags(parts))
             : UsageText("apiserver",
                         "Runs the API server and the agents' port, in the foreground.",
                         UpFlags(parts));
}

void Reload(ControlPlane& plane) {
  const Status status = plane.Reload(RealClock::Instance());
  if (status.ok()) {
    LogInfo("Read the certificates again");
  } else {
    LogWarning("Kept the certificates there were", {{"error", status.ToString()}});
  }
}

// Runs until a signal to end comes. A terminal that goes away is one; a service manager's SIGHUP is
// not.
Status Serve(const Flags& flags, const ControlPlaneOptions& options, Parts parts) {
  TerminationSignals signals({SIGHUP});
  const bool on_terminal = isatty(STDIN_FILENO) == 1;
  NOIZY_ASSIGN_OR_RETURN(const auto plane, ControlPlane::Open(options, RealClock::Instance(),
                                                              SystemRandom::Instance()));
  ControllerSets controllers;
  std::unique_ptr<nodeagent::AgentProgram> agent;
  if (parts == Parts::kWholeGrid && !flags.Has("--no-controllers"))
    controllers = StartControllers(*plane);
  if (parts == Parts::kWholeGrid && !flags.Has("--no-agent")) {
    auto started = StartAgent(*plane, flags, options.data_dir);
    if (!started.ok()) return started.status().WithContext("local agent");
    agent = *std::move(started);
  }
  OfferAsCurrentContext(*plane);
  PrintReady(*plane);
  while (signals.Wait() == SIGHUP && !on_terminal) Reload(*plane);
  LogInfo("Stopping");
  if (agent) agent->Stop();
  for (const auto& set : controllers) set->Stop();
  plane->Stop(kStopGrace);
  return Status::Ok();
}

int Run(const std::vector<std::string>& arguments, Parts parts) {
  const Result<Flags> flags = Flags::Parse(UpFlags(parts), arguments);
  if (!flags.ok()) return ReportUsage(flags.status());
  if (flags->Has("--help")) {
    std::fputs(Usage(parts).c_str(), stdout);
    return 0;
  }
  if (const Status status = PrepareProcess(*flags); !status.ok()) return ReportUsage(status);
  const Result<ControlPlaneOptions> options = ReadOptions(*flags);
  if (!options.ok()) return ReportUsage(options.status());
  const Status status = Serve(*flags, *options, parts);
  return status.ok() ? 0 : ReportError(status);
}

}  // namespace

int RunUp(const std::vector<std::string>& arguments) {
  return Run(arguments, Parts::kWholeGrid);
}
int RunApiserver(const std::vector<std::string>& arguments) {
  return Run(arguments, Parts::kControlPlane);
}

}  // namespace noizy
