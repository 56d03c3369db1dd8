#include "nodeagent/drivers/supervisor_starter.h"

#include <csignal>

#include "machinery/base/log.h"
#include "machinery/os/files.h"
#include "nodeagent/drivers/process_task.h"
#include "nodeagent/drivers/supervisor.h"

namespace noizy::nodeagent {
namespace {

// What an attempt's supervisor is given, beside its folder.
struct Hand {
  UniqueFd spec;
  FileLock
      lock;  // held from before it exists, so that there is no moment at which it lives unlocked
  UniqueFd words;
};

Result<Hand> MakeHand(const std::string& folder, const SupervisorSpec& spec) {
  NOIZY_ASSIGN_OR_RETURN(UniqueFd input, MakeAnonymousFile(EncodeSpec(spec)));
  NOIZY_ASSIGN_OR_RETURN(FileLock lock,
                         FileLock::TryAcquire(folder + "/" + std::string(kLockFile)));
  NOIZY_ASSIGN_OR_RETURN(UniqueFd words, OpenToAppend(folder + "/supervisor.log"));
  return Hand{std::move(input), std::move(lock), std::move(words)};
}

const std::vector<int> kSupervisorWaitsFor = {SIGTERM, SIGINT};

}  // namespace

SupervisorStarter::SupervisorStarter(std::vector<std::string> command, std::string path)
    : command_(std::move(command)), path_(std::move(path)) {
  MakeReady();
}

ProcessSpec SupervisorStarter::Program() const {
  ProcessSpec program;
  program.executable = command_[0];
  program.argv = command_;
  program.argv[0] = "noizy";  // what ps shows
  program.env = {"PATH=" + path_, "LANG=C.UTF-8"};
  return program;
}

void SupervisorStarter::MakeReady() {
  ProcessSpec program = Program();
  program.argv.emplace_back(kForkServerFlag);
  auto server = ForkServer::Start(std::move(program));
  if (server.ok()) server_.emplace(*std::move(server));
}

Result<Process> SupervisorStarter::Start(const std::string& folder, const SupervisorSpec& spec) {
  if (!server_) MakeReady();
  if (server_) {
    NOIZY_ASSIGN_OR_RETURN(const Hand hand, MakeHand(folder, spec));
    auto copy = server_->Fork({{command_[1], folder},
                               hand.spec.get(),
                               hand.words.get(),
                               {hand.lock.fd()},
                               kSupervisorWaitsFor});
    if (copy.ok()) return copy;
    LogWarning("a supervisor starts as a program of its own",
               {{"folder", folder}, {"error", copy.status().message()}});
    server_.reset();
  }
  // A copy that the server did not live to tell of would hold the lock.
  NOIZY_ASSIGN_OR_RETURN(const Hand hand, MakeHand(folder, spec));
  ProcessSpec program = Program();
  program.argv.push_back(folder);
  program.stdin_fd = hand.spec.get();
  program.stderr_fd = hand.words.get();
  program.inherited = {hand.lock.fd()};
  program.blocked_signals = kSupervisorWaitsFor;
  return Process::Spawn(program);
}

}  // namespace noizy::nodeagent
