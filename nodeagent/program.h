// The node agent as a program: joins a grid on its first start, then runs until it is stopped. Its
// tasks run on without it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "machinery/base/status.h"
#include "nodeagent/drivers/supervisor.h"
#include "nodeagent/identity.h"

namespace noizy::nodeagent {

struct AgentProgramOptions {
  std::string data_dir;
  /// What is empty here is what the data folder remembers from the join; a name that differs from
  /// it is an error.
  std::string node_name;
  std::string server;  // "host:port"; given again, it replaces the remembered one
  std::string token;   // needed to join: on the first start, and once the certificate has run out
  std::string
      ca_hash;  // "sha256:<hex>"; needed to join, and checked against the remembered CA when given
  std::string agent_version;
  std::int64_t log_cap_bytes = std::int64_t{16} << 20;
  /// Starts a task's supervisor; empty: this very program with the hidden subcommand
  /// kSupervisorCommand.
  std::vector<std::string> supervisor_command;
  /// Asks a model for an inference task; empty: this very program with kInferenceCommand.
  std::vector<std::string> inference_command;
  /// The URL of this machine's model server; "none"; empty: one that is found where model servers
  /// usually listen.
  std::string model_server;
  std::string model_server_key;
  /// Who Tasks run as, confined; empty: the agent's user, and free.
  std::string task_user;
  /// A folder of secrets that confined Tasks see nothing of; empty: data_dir.
  std::string hidden_dir;
};

/// A name fit for a Node (RFC 1123 subdomain) made of a host's name: "HP-Omen.local" →
/// "hp-omen.local"; "node" when nothing of it can be kept.
std::string DefaultNodeName(const std::string& hostname);

/// True when the data folder holds an identity that can be used now: no token is needed to start.
bool HasIdentity(const std::string& data_dir);

/// What to be: the remembered identity brought in line with `options`, or a new one by way of
/// `join`, saved.
Result<NodeIdentity> ResolveIdentity(const AgentProgramOptions& options, const JoinCall& join,
                                     const Clock& clock);

/// A running agent with its own thread.
class AgentProgram {
 public:
  /// Joins if need be and starts. A control plane that cannot be reached later is no error: the
  /// agent goes on trying.
  static Result<std::unique_ptr<AgentProgram>> Start(AgentProgramOptions options);
  ~AgentProgram();

  /// Ends the session; tasks run on. Idempotent.
  void Stop();
  const std::string& node_name() const;
  /// Tells the control plane that the machine is about to be suspended.
  void Suspending();

 private:
  struct Parts;
  explicit AgentProgram(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// The body of `noizy agent`: Start, wait for SIGTERM or SIGINT, Stop; SIGUSR1 says that the
/// machine is about to be suspended. Call it before any thread is started.
Status RunAgent(AgentProgramOptions options);

}  // namespace noizy::nodeagent
