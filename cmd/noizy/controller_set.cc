#include "cmd/noizy/controller_set.h"

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controllers/allocation/reconciler.h"
#include "controllers/certificate/controllers.h"
#include "controllers/cluster_role_aggregation/reconciler.h"
#include "controllers/diagnosis/reconciler.h"
#include "controllers/garbage_collector/reconciler.h"
#include "controllers/namespace/reconciler.h"
#include "controllers/node_lifecycle/reconciler.h"
#include "controllers/resource_quota/reconciler.h"
#include "controllers/routing_policy/features.h"
#include "controllers/routing_policy/reconciler.h"
#include "controllers/scheduler/reconciler.h"
#include "controllers/service_account/reconciler.h"
#include "controllers/taint_eviction/reconciler.h"
#include "controllers/task/reconciler.h"
#include "controllers/task_schedule/reconciler.h"
#include "controllers/task_set/reconciler.h"
#include "machinery/base/executor.h"
#include "machinery/base/worker_pool.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/reflector.h"
#include "machinery/transport/call_stop.h"

namespace noizy {
namespace {

// Questions to models under way at once, and those that wait: more would be answered too late.
constexpr std::size_t kAskingThreads = 4;
constexpr std::size_t kWaitingQuestions = 64;
constexpr std::size_t kDiagnosingThreads = 2;
constexpr std::size_t kWaitingDiagnoses = 32;
// Threads beside an executor that works at Certificates: their writes share flushes of the disk.
constexpr std::size_t kThreadsBeside = 7;

std::shared_ptr<WorkerPool> ThreadsBeside() {
  return std::make_shared<WorkerPool>(kThreadsBeside, kThreadsBeside);
}

// The advisor with the threads that its questions are asked on; these end after it. Nobody waits
// for an answer then: a model may take as long as its policy's deadline.
struct Asking {
  explicit Asking(const ControllerContext& context) : advisor(Around(context), context.informers) {}
  ~Asking() { stop->Stop(); }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  routing_policy::AdvisorContext Around(const ControllerContext& context) {
    return {context.clock,
            context.random,
            [this](const model::Provider& provider) { return model::ConnectUntil(provider, stop); },
            [this](Duration span) { pool.Pause(span); },
            [this](std::function<void()> ask) { return pool.Run(std::move(ask)); },
            [this] { return stop->stopped(); }};
  }

  const std::shared_ptr<CallStop> stop = std::make_shared<CallStop>();
  WorkerPool pool{kAskingThreads, kWaitingQuestions};
  routing_policy::ModelAdvisor advisor;
  // They, and plans, take longer than placements, and so have threads of their own, which pause on
  // the pool.
  WorkerPool diagnoses{kDiagnosingThreads, kWaitingDiagnoses};
};

diagnosis::Help MakeHelp(const std::shared_ptr<Asking>& asking) {
  return {[asking](const std::string& policy) { return asking->advisor.AskerOf(policy); },
          [asking](std::function<void()> ask) { return asking->diagnoses.Run(std::move(ask)); }};
}

allocation::Help MakeAllocationHelp(const std::shared_ptr<Asking>& asking) {
  return {[asking](const std::string& policy) { return asking->advisor.AskerOf(policy); },
          [asking](std::function<void()> ask) { return asking->diagnoses.Run(std::move(ask)); },
          [](const scheduling::TaskView& view, const Task* task, std::string_view visibility) {
            return routing_policy::FeaturesOf(view, task, visibility);
          },
          [](const Node& node) { return routing_policy::FeaturesOf(node); }};
}

std::optional<std::string> Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

ControllerFactory GridControllers() {
  return [](const ControllerContext& context, ObjectSourceFactory metadata) {
    Controllers controllers;
    const auto asking = std::make_shared<Asking>(context);
    const std::shared_ptr<routing_policy::ModelAdvisor> advisor(asking, &asking->advisor);
    controllers.push_back(node_lifecycle::MakeController(context));
    controllers.push_back(scheduler::MakeController(context, advisor.get()));
    // Owns the advisor, and so comes behind the scheduler.
    controllers.push_back(routing_policy::MakeController(context, advisor, Variable));
    controllers.push_back(diagnosis::MakeController(context, MakeHelp(asking)));
    controllers.push_back(allocation::MakeController(context, MakeAllocationHelp(asking)));
    controllers.push_back(task_controller::MakeController(context));
    controllers.push_back(taint_eviction::MakeController(context));
    controllers.push_back(task_set::MakeController(context));
    controllers.push_back(resource_quota::MakeController(context));
    controllers.push_back(task_schedule::MakeController(context));
    controllers.push_back(garbage_collector::MakeController(context, std::move(metadata)));
    controllers.push_back(namespace_controller::MakeController(context));
    controllers.push_back(service_account::MakeController(context));
    controllers.push_back(cluster_role_aggregation::MakeController(context));
    return controllers;
  };
}

ControllerFactory CertificateControllers() {
  return [](const ControllerContext& context, const ObjectSourceFactory&) {
    return certificate::MakeControllers(context, ThreadsBeside());
  };
}

ControllerFactory SigningControllers(certificate_signer::AuthorityFor authorities) {
  return [authorities = std::move(authorities)](const ControllerContext& context,
                                                const ObjectSourceFactory&) {
    Controllers controllers;
    controllers.push_back(
        certificate_signer::MakeController(context, authorities, ThreadsBeside()));
    return controllers;
  };
}

struct ControllerSet::Parts {
  Parts(std::shared_ptr<Client> api, Clock& clock, Random& random, const ControllerFactory& make)
      : client(std::move(api)),
        informers(ReflectorSources(client, executor, clock, random), executor),
        events(*client, event_executor, clock, random, "noizy-controllers"),
        context{*client, executor, clock, random, informers, events},
        controllers(make(context, MetadataSources(clock, random))) {}

  ObjectSourceFactory MetadataSources(Clock& clock, Random& random) {
    return ReflectorSources(client, executor, clock, random, {.metadata_only = true});
  }

  std::shared_ptr<Client> client;
  ThreadExecutor executor;
  ThreadExecutor event_executor;  // slow Event writes stay out of the reconcilers' way
  InformerFactory informers;
  EventRecorder events;
  ControllerContext context;
  Controllers controllers;
};

ControllerSet::ControllerSet(std::shared_ptr<Client> client, Clock& clock, Random& random,
                             const ControllerFactory& make)
    : parts_(std::make_unique<Parts>(std::move(client), clock, random, make)) {}

ControllerSet::~ControllerSet() {
  Stop();
}

void ControllerSet::Start() {
  parts_->executor.Post([parts = parts_.get()] {
    for (const auto& controller : parts->controllers) controller->Start();
    parts->informers.Start();
  });
}

void ControllerSet::Stop() {
  parts_->executor.Stop();
  parts_->event_executor.Stop();
  parts_->informers.Stop();
}

}  // namespace noizy
