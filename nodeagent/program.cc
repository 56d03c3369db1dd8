#include "nodeagent/program.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>

#include "machinery/base/log.h"
#include "machinery/os/confinement.h"
#include "machinery/os/host.h"
#include "machinery/os/process.h"
#include "machinery/os/signals.h"
#include "machinery/os/suspend.h"
#include "machinery/pki/pki.h"
#include "nodeagent/agent.h"
#include "nodeagent/drivers/process_driver.h"
#include "nodeagent/fingerprint.h"
#include "nodeagent/inference/inference_driver.h"
#include "nodeagent/inference/run_inference.h"
#include "nodeagent/renewable_channel.h"

namespace noizy::nodeagent {
namespace {

Status CheckJoinOptions(const AgentProgramOptions& options) {
  if (options.server.empty()) return BadRequest("the first start needs --join HOST:PORT");
  if (options.token.empty())
    return BadRequest("joining needs --token (noizy token create prints one)");
  if (options.ca_hash.empty())
    return BadRequest("joining needs --ca-hash sha256:… (noizy token create prints it)");
  return Status::Ok();
}

// The remembered identity, as far as it agrees with what is asked for.
Result<NodeIdentity> Reconcile(NodeIdentity identity, const AgentProgramOptions& options) {
  if (!options.node_name.empty() && options.node_name != identity.node_name) {
    return BadRequest("this data folder belongs to node " + identity.node_name + ", not " +
                      options.node_name + "; use another --data-dir");
  }
  if (!options.ca_hash.empty()) {
    NOIZY_ASSIGN_OR_RETURN(const std::string hash, PublicKeyHash(identity.tls.ca_pem));
    if (!ConstantTimeEqual(hash, options.ca_hash)) {
      return Unauthorized("node " + identity.node_name +
                          " belongs to a grid with another CA; remove " + options.data_dir +
                          "/identity to join this one");
    }
  }
  if (options.server.empty() || options.server == identity.server) return identity;
  identity.server = options.server;
  NOIZY_RETURN_IF_ERROR(SaveIdentity(options.data_dir, identity));
  return identity;
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// With the words that a person needs who starts an agent that cannot do what it is told.
Result<std::optional<User>> FindTaskUser(const std::string& name) {
  if (name.empty()) return std::optional<User>();
  NOIZY_ASSIGN_OR_RETURN(User user, FindUser(name));
  NOIZY_RETURN_IF_ERROR(TryConfinement(user));
  if (!FiltersSystemCalls()) {
    LogWarning("Left the system calls of Tasks unfiltered: this program was built without seccomp");
  }
  return std::optional<User>(std::move(user));
}

ProcessDriverOptions DriverOptions(const AgentProgramOptions& options,
                                   std::optional<User> task_user) {
  ProcessDriverOptions driver;
  driver.supervisor_command = options.supervisor_command;
  if (driver.supervisor_command.empty()) {
    driver.supervisor_command = {SelfExecutable(), std::string(kSupervisorCommand)};
  }
  if (!task_user) driver.home = Environment("HOME");
  driver.task_user = std::move(task_user);
  driver.hidden = options.hidden_dir;
  return driver;
}

std::vector<std::string> InferenceCommand(const AgentProgramOptions& options) {
  if (!options.inference_command.empty()) return options.inference_command;
  return {SelfExecutable(), std::string(kInferenceCommand)};
}

ModelCatalog::Options CatalogOptions(std::vector<ModelServer> servers) {
  ModelCatalog::Options options;
  options.servers = std::move(servers);
  return options;
}

// What a machine is does not change while the agent runs; what it does is sampled with each
// heartbeat.
AgentOptions MakeAgentOptions(const AgentProgramOptions& options, const std::string& node_name) {
  AgentOptions agent;
  agent.node_name = node_name;
  agent.data_dir = options.data_dir;
  agent.log_cap_bytes = options.log_cap_bytes;
  const auto gpus = std::make_shared<AcceleratorSampler>();
  agent.facts = [gpus, folder = options.data_dir,
                 version = options.agent_version](const DriverFingerprint& fingerprint) {
    return MakeNodeFacts(ReadHostFacts(), gpus->Latest(), ReadDiskSpace(folder).ValueOr({}),
                         fingerprint.capabilities, version);
  };
  agent.usage = [gpus, folder = options.data_dir,
                 sampler = std::make_shared<HostUsageSampler>()](std::size_t running) {
    return MakeUsage(sampler->Sample(), ReadDiskSpace(folder).ValueOr({}), gpus->Latest(), running);
  };
  agent.suspended = TimeSuspended;
  return agent;
}

Result<std::shared_ptr<AgentChannel>> Connect(const NodeIdentity& identity) {
  AgentChannelOptions options;
  options.target = identity.server;
  options.tls = identity.tls;
  return AgentChannel::Connect(std::move(options));
}

// Lets a renewed identity be used by the connections to come.
std::function<Status(const NodeIdentity&)> UseIn(std::shared_ptr<RenewableChannel> channel) {
  return [channel = std::move(channel)](const NodeIdentity& identity) -> Status {
    NOIZY_ASSIGN_OR_RETURN(auto next, Connect(identity));
    channel->Replace(std::move(next));
    return Status::Ok();
  };
}

// Runs `work` on the executor's thread and waits for it.
template <typename Work>
auto RunOn(Executor& executor, Work work) {
  std::promise<decltype(work())> answer;
  executor.Post([&answer, &work] { answer.set_value(work()); });
  return answer.get_future().get();
}

}  // namespace

struct AgentProgram::Parts {
  Parts(const AgentProgramOptions& options, std::optional<User> task_user,
        std::vector<ModelServer> model_servers)
      : catalog(CatalogOptions(std::move(model_servers)), executor,
                [this] {
                  if (agent) agent->OfferAnew();
                }),
        processes(DriverOptions(options, std::move(task_user)), executor, RealClock::Instance()),
        driver(processes, catalog, InferenceCommand(options)) {}

  ThreadExecutor disk;
  ThreadExecutor executor;
  ModelCatalog catalog;
  ProcessDriver processes;
  InferenceDriver driver;
  std::string node_name;
  std::unique_ptr<Agent> agent;  // made and dropped on the executor's thread
};

std::string DefaultNodeName(const std::string& hostname) {
  constexpr std::size_t kMaxLength =
      52;  // what fits, behind "system:node:", into a certificate's common name
  std::string name;
  for (const char c : hostname.substr(0, kMaxLength)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool joint = !name.empty() && name.back() != '.' && name.back() != '-';
    if (upper) name += static_cast<char>(c - 'A' + 'a');
    if (plain) name += c;
    // A label neither begins nor ends with a hyphen; whatever else is there becomes one.
    if (!upper && !plain && joint) name += c == '.' ? '.' : '-';
  }
  while (!name.empty() && (name.back() == '.' || name.back() == '-')) name.pop_back();
  return name.empty() ? "node" : name;
}

bool HasIdentity(const std::string& data_dir) {
  return LoadIdentity(data_dir, RealClock::Instance()).ok();
}

Result<NodeIdentity> ResolveIdentity(const AgentProgramOptions& options, const JoinCall& join,
                                     const Clock& clock) {
  auto known = LoadIdentity(options.data_dir, clock);
  if (known.ok()) return Reconcile(*std::move(known), options);
  // A token given once more mends a missing or an outdated identity, and no other fault.
  const StatusReason fault = known.status().reason();
  const bool outdated = fault == StatusReason::kUnauthorized;
  if (fault != StatusReason::kNotFound && !outdated) return known.status();
  if (outdated && options.token.empty()) return known.status();
  NOIZY_RETURN_IF_ERROR(CheckJoinOptions(options));
  const std::string name =
      options.node_name.empty() ? DefaultNodeName(ReadHostFacts().hostname) : options.node_name;
  const EnrolRequest request{name, options.server, options.token, options.ca_hash,
                             options.agent_version};
  NOIZY_ASSIGN_OR_RETURN(NodeIdentity identity, Enrol(request, join, clock));
  NOIZY_RETURN_IF_ERROR(SaveIdentity(options.data_dir, identity));
  LogInfo("Joined the grid", {{"node", name}, {"server", options.server}});
  return identity;
}

AgentProgram::AgentProgram(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

AgentProgram::~AgentProgram() {
  Stop();
}

const std::string& AgentProgram::node_name() const {
  return parts_->node_name;
}

Result<std::unique_ptr<AgentProgram>> AgentProgram::Start(AgentProgramOptions options) {
  // Tasks have other working folders: their files are named from the root.
  std::error_code error;
  options.data_dir = std::filesystem::absolute(options.data_dir, error).lexically_normal();
  if (options.hidden_dir.empty()) options.hidden_dir = options.data_dir;
  options.hidden_dir = std::filesystem::absolute(options.hidden_dir, error).lexically_normal();
  NOIZY_ASSIGN_OR_RETURN(auto task_user, FindTaskUser(options.task_user));
  NOIZY_ASSIGN_OR_RETURN(auto model_servers,
                         ModelServersFor(options.model_server, options.model_server_key));
  NOIZY_RETURN_IF_ERROR(MakeFolders(options.data_dir));
  NOIZY_ASSIGN_OR_RETURN(const NodeIdentity identity,
                         ResolveIdentity(options, JoinGrid, RealClock::Instance()));
  NOIZY_ASSIGN_OR_RETURN(auto first, Connect(identity));
  auto channel = std::make_shared<RenewableChannel>(std::move(first));

  auto parts = std::make_unique<Parts>(options, std::move(task_user), std::move(model_servers));
  parts->node_name = identity.node_name;
  const Status started = RunOn(parts->executor, [&] {
    AgentOptions agent = MakeAgentOptions(options, identity.node_name);
    agent.usage = [host = std::move(agent.usage), &catalog = parts->catalog](std::size_t running) {
      v1::Usage usage = host(running);
      usage.set_model_requests(static_cast<std::int32_t>(catalog.requests()));
      return usage;
    };
    agent.disk = &parts->disk;
    agent.renewal = RenewalOptions{options.data_dir, identity, UseIn(channel)};
    parts->agent =
        std::make_unique<Agent>(std::move(agent), channel, parts->driver, parts->executor,
                                RealClock::Instance(), SystemRandom::Instance());
    parts->catalog.Refresh();
    return parts->agent->Start();
  });
  // The unique_ptr owns it from its first moment; the constructor is private.
  std::unique_ptr<AgentProgram> program(new AgentProgram(std::move(parts)));
  if (!started.ok()) return started;
  return program;
}

void AgentProgram::Stop() {
  if (!parts_->agent) return;
  RunOn(parts_->executor, [this] { return (parts_->agent.reset(), true); });
  parts_->executor.Stop();
  parts_->disk.Stop();
}

void AgentProgram::Suspending() {
  RunOn(parts_->executor, [this] { return (parts_->agent->Suspending(), true); });
}

Status RunAgent(AgentProgramOptions options) {
  TerminationSignals signals({SIGUSR1});
  NOIZY_ASSIGN_OR_RETURN(const auto program, AgentProgram::Start(std::move(options)));
  LogInfo("Started the node agent", {{"node", program->node_name()}});
  while (signals.Wait() == SIGUSR1) program->Suspending();
  LogInfo("Stopping the node agent; its tasks run on", {{"node", program->node_name()}});
  program->Stop();
  return Status::Ok();
}

}  // namespace noizy::nodeagent
