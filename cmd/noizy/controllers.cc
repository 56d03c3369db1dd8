// `noizy controllers`: the controllers as a process of their own.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <future>

#include "cmd/noizy/commands.h"
#include "cmd/noizy/controller_set.h"
#include "cmd/noizy/program.h"
#include "machinery/base/log.h"
#include "machinery/client/kubeconfig.h"
#include "machinery/controller/leader_election.h"
#include "machinery/os/signals.h"
#include "machinery/transport/http_client.h"

namespace noizy {
namespace {

FlagTable ControllersFlags() {
  FlagTable table;
  table.valued = {{"--kubeconfig",
                   "how to reach the API server ($NOIZYCONFIG, $KUBECONFIG, ~/.noizy/kubeconfig)"},
                  {"--context", "the kubeconfig's context (the current one)"}};
  AddMetricsFlag(table);
  AddCommonFlags(table);
  return table;
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::shared_ptr<Client>> Connect(const Flags& flags) {
  const KubeconfigPlaces places{flags.Text("--kubeconfig", ""), Environment("NOIZYCONFIG"),
                                Environment("KUBECONFIG"), HomeFolder()};
  NOIZY_ASSIGN_OR_RETURN(KubeconfigContext context,
                         LoadKubeconfig(KubeconfigFiles(places), flags.Text("--context", "")));
  context.http.user_agent = "noizy-controllers";
  NOIZY_ASSIGN_OR_RETURN(std::shared_ptr<HttpTransport> transport,
                         MakeHttpClient(std::move(context.http)));
  return std::make_shared<Client>(std::move(transport));
}

// Works while it leads. A leader that lost its Lease ends: another one works by then, and a fresh
// start is the surest way to forget all that was decided on old knowledge.
class Candidate {
 public:
  explicit Candidate(std::shared_ptr<Client> client)
      : client_(std::move(client)),
        controllers_(client_, RealClock::Instance(), SystemRandom::Instance(), GridControllers()),
        certificates_(client_, RealClock::Instance(), SystemRandom::Instance(),
                      CertificateControllers()) {}

  void Stand() {
    executor_.Post([this] {
      LeaderElectionOptions options;
      options.identity = "noizy-controllers-" + SystemRandom::Instance().Uuid();
      elector_ = std::make_unique<LeaderElector>(*client_, executor_, RealClock::Instance(),
                                                 SystemRandom::Instance(), std::move(options),
                                                 Callbacks());
      elector_->Start();
    });
  }
  bool lost() const { return lost_; }

  void Stop() {
    controllers_.Stop();
    certificates_.Stop();
    std::promise<void> stopped;
    executor_.Post([&] {
      elector_->Stop();
      stopped.set_value();
    });
    stopped.get_future().wait();
    executor_.Stop();
  }

 private:
  LeaderElector::Callbacks Callbacks() {
    return {.on_started =
                [this] {
                  controllers_.Start();
                  certificates_.Start();
                },
            .on_stopped = [this] { lost_ = true; },
            .on_new_leader =
                [](const std::string& identity) {
                  LogInfo("The controllers' leader changed", {{"leader", identity}});
                }};
  }

  std::shared_ptr<Client> client_;
  ThreadExecutor executor_;
  ControllerSet controllers_;
  ControllerSet certificates_;
  std::unique_ptr<LeaderElector> elector_;
  std::atomic<bool> lost_ = false;
};

Status Serve(const Flags& flags) {
  constexpr Duration kLook = std::chrono::milliseconds(200);
  TerminationSignals signals;
  NOIZY_ASSIGN_OR_RETURN(const auto metrics, ServeMetrics(flags));
  NOIZY_ASSIGN_OR_RETURN(std::shared_ptr<Client> client, Connect(flags));
  NOIZY_RETURN_IF_ERROR(client->GetRaw("/readyz").status());
  Candidate candidate(std::move(client));
  candidate.Stand();
  std::puts("ready");
  std::fflush(stdout);
  while (!signals.WaitFor(kLook) && !candidate.lost()) {
  }
  LogInfo("Stopping");
  const bool lost = candidate.lost();
  candidate.Stop();
  return lost ? Unavailable(
                    "the controllers' Lease was lost to another process; start again to stand for "
                    "it")
              : Status::Ok();
}

}  // namespace

int RunControllers(const std::vector<std::string>& arguments) {
  const FlagTable table = ControllersFlags();
  const Result<Flags> flags = Flags::Parse(table, arguments);
  if (!flags.ok()) return ReportUsage(flags.status());
  if (flags->Has("--help")) {
    std::fputs(UsageText("controllers", "Runs the controllers, in the foreground.", table).c_str(),
               stdout);
    return 0;
  }
  if (const Status status = PrepareProcess(*flags); !status.ok()) return ReportUsage(status);
  const Status status = Serve(*flags);
  return status.ok() ? 0 : ReportError(status);
}

}  // namespace noizy
