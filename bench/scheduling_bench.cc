// How many Tasks a second the scheduler places: scheduling_bench [FOLDER].
//
// First the decision alone, in the shapes of kube-scheduler's own performance suite, at 100, 1,000
// and 5,000 nodes. Then durable bindings: the scheduler's controller over a real API server and
// store in this process; a binding counts once its commit was acknowledged.
//
// Links: controllers_scheduler apiserver_listener apiserver_storage_sqlite machinery_scheduling

#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <thread>

#include "apiserver/listener/api_server.h"
#include "apiserver/resources/encode.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "controllers/scheduler/reconciler.h"
#include "machinery/client/typed.h"
#include "machinery/controller/reflector.h"
#include "machinery/scheduling/decide.h"
#include "machinery/transport/in_process.h"

namespace noizy::bench {
namespace {

using namespace scheduling;
using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t kGi = 1024LL * 1024 * 1024 * 1000;
const WallTime kNow{std::chrono::seconds(1'800'000'000)};

double SecondsSince(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

NodeView SimulatedNode(int number) {
  NodeView node;
  node.name = "node-" + std::to_string(number);
  node.ready = true;
  node.labels = {{std::string(kHostnameLabel), node.name},
                 {"zone", "zone-" + std::to_string(number % 10)}};
  node.capabilities = {"exec"};
  node.allocatable = {{"cpu", 32'000}, {"memory", 256 * kGi}};
  return node;
}

TaskView SimulatedTask(int number) {
  TaskView task;
  task.key = {"default", "task-" + std::to_string(number)};
  task.created = "2026-01-01T00:00:00Z";
  task.type = task.work = "exec";
  task.requests = {{"cpu", 100}, {"memory", kGi / 2}};
  task.routing.strategies = {std::string(kDefaultStrategy)};
  return task;
}

/// A shape: what is there before, what each Task is, and what happens between two passes.
struct Shape {
  const char* name;
  std::function<void(Grid&, int nodes)> before;
  std::function<void(TaskView&, int number, int nodes)> change;
  std::function<void(Grid&, int pass)> between = [](Grid&, int) {};
};

void FillWithLow(Grid& grid, int nodes) {
  for (int i = 0; i < nodes * 4; ++i) {
    TaskView low = SimulatedTask(1'000'000 + i);
    low.requests = {{"cpu", 8'000}};
    low.priority = -1;
    low.node = "node-" + std::to_string(i % nodes);
    grid.SetTask(std::move(low));
  }
}

/// A Task comes and one goes, and a node is cordoned and is not any more.
void Churn(Grid& grid, int pass) {
  TaskView huge = SimulatedTask(3'000'000 + pass);
  huge.requests = {{"cpu", 64'000}};
  grid.SetTask(std::move(huge));
  if (pass > 0) grid.RemoveTask({"default", "task-" + std::to_string(3'000'000 + pass - 1)});
  NodeView node = SimulatedNode(0);
  node.unschedulable = pass % 2 == 0;
  grid.SetNode(std::move(node));
}

/// Tasks whose time has not come.
void AddGated(Grid& grid, int /*nodes*/) {
  for (int i = 0; i < 10'000; ++i) {
    TaskView gated = SimulatedTask(4'000'000 + i);
    gated.not_before = kNow + std::chrono::hours(1);
    grid.SetTask(std::move(gated));
  }
}

std::vector<Shape> Shapes() {
  const auto nothing = [](Grid&, int) {};
  return {
      {"basic", nothing, [](TaskView&, int, int) {}},
      {"daemon-like", nothing,
       [](TaskView& t, int i, int n) { t.node_name = "node-" + std::to_string(i % n); }},
      {"churn", nothing, [](TaskView&, int, int) {}, Churn},
      {"gated beside", AddGated, [](TaskView&, int, int) {}},
      {"node affinity", nothing,
       [](TaskView& t, int i, int) {
         t.required_terms = {
             {Selector({{"zone", Requirement::Operator::kIn, {"zone-" + std::to_string(i % 10)}}}),
              {}}};
       }},
      {"anti-affinity", nothing,
       [](TaskView& t, int i, int n) {
         const std::string app = "app-" + std::to_string(i / n);  // one of each on a node
         t.labels = {{"app", app}};
         t.apart = {{Selector({{"app", Requirement::Operator::kIn, {app}}}),
                     {"default"},
                     std::string(kHostnameLabel)}};
       }},
      {"unschedulable beside",
       [](Grid& grid, int) {
         for (int i = 0; i < 1000; ++i) {
           TaskView huge = SimulatedTask(2'000'000 + i);
           huge.requests = {{"cpu", 64'000}};
           grid.SetTask(std::move(huge));
         }
       },
       [](TaskView&, int, int) {}},
      {"preemption", FillWithLow, [](TaskView& t, int, int) {
         t.requests = {{"cpu", 8'000}}, t.priority = 1;
       }}};
}

/// Decisions a second: one pass after the other, each of the size that the scheduler uses. A Task
/// for which room was made is placed when its victims have left, which is at once here.
double DecisionsPerSecond(const Shape& shape, int nodes, int tasks) {
  Grid grid;
  for (int i = 0; i < nodes; ++i) grid.SetNode(SimulatedNode(i));
  shape.before(grid, nodes);
  for (int i = 0; i < tasks; ++i) {
    TaskView task = SimulatedTask(i);
    shape.change(task, i, nodes);
    grid.SetTask(std::move(task));
  }
  int placed = 0;
  const double began = CpuSeconds();
  for (int idle = 0, pass = 0; placed < tasks && idle < 3; ++pass) {
    shape.between(grid, pass);
    const Plan plan = Decide(grid, kNow, {.bindings = 128});
    placed += static_cast<int>(plan.bindings.size());
    for (const Eviction& eviction : plan.evictions) grid.RemoveTask(eviction.task);
    idle = plan.bindings.empty() && plan.evictions.empty() ? idle + 1 : 0;
  }
  return placed / (CpuSeconds() - began);
}

void DecisionAlone() {
  std::printf("decision alone, Tasks a second of processor time\n%-24s %10s %10s %10s\n", "shape",
              "100", "1000", "5000");
  for (const Shape& shape : Shapes()) {
    std::printf("%-24s", shape.name);
    for (const int nodes : {100, 1000, 5000}) {
      std::printf(" %10.0f", DecisionsPerSecond(shape, nodes, std::min(nodes * 10, 5000)));
      std::fflush(stdout);
    }
    std::printf("\n");
  }
}

/// An API server with its store, in this process.
class Plane {
 public:
  explicit Plane(const std::string& folder) {
    apiserver::SqliteOptions options;
    options.folder = folder;
    options.clock = &RealClock::Instance();
    store_ = *apiserver::SqliteStore::Open(std::move(options));
    server_ = std::make_unique<apiserver::ApiServer>(
        apiserver::ApiServerOptions{.store = *store_,
                                    .kinds = BuiltinKinds(),
                                    .clock = RealClock::Instance(),
                                    .random = random_,
                                    .ca_pem = "",
                                    .limits = {},
                                    .checks = {},
                                    .paths = {},
                                    .subresources = {}});
    const PeerIdentity identity{"bench", {"system:masters"}, "in-process"};
    client_ = std::make_shared<Client>(
        std::shared_ptr<HttpTransport>(MakeInProcessTransport(server_->handler(), identity)));
  }
  std::shared_ptr<Client> client() const { return client_; }

 private:
  SeededRandom random_{1};
  std::unique_ptr<apiserver::SqliteStore> store_;
  std::unique_ptr<apiserver::ApiServer> server_;
  std::shared_ptr<Client> client_;
};

void CreateWorld(const Client& client, int nodes, int tasks, bool apart) {
  const ResourceRef namespaces{"", "v1", "namespaces", false};
  (void)client.Create(
      namespaces, "",
      Object{
          {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", Object{{"name", "default"}}}});
  for (int i = 0; i < nodes; ++i) {
    Node node;
    node.metadata.name = "node-" + std::to_string(i);
    const TypedClient<Node> api(client);
    Node made = *api.Create(node);
    made.status.conditions = {{"Ready", "True", "Simulated", "", "2026-01-01T00:00:00Z", 1}};
    made.status.capabilities = {"exec"};
    made.status.allocatable = {{"cpu", "32"}, {"memory", "256Gi"}};
    (void)api.UpdateStatus(made);
  }
  for (int i = 0; i < tasks; ++i) {
    Value task = Object{{"apiVersion", "noizy.dev/v1"},
                        {"kind", "Task"},
                        {"metadata", Object{{"name", "task-" + std::to_string(i)}}},
                        {"spec", Object{{"exec", Object{{"command", Array{"true"}}}}}}};
    if (apart) {
      const std::string app = "app-" + std::to_string(i / nodes);
      Set(task, {"metadata", "labels"}, Object{{"app", app}});
      const Value term = Object{{"topologyKey", kHostnameLabel},
                                {"labelSelector", Object{{"matchLabels", Object{{"app", app}}}}}};
      Set(task,
          {"spec", "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"},
          Array{term});
    }
    (void)client.Create(ResourceOf<Task>(), "default", task);
  }
}

/// From a backlog: the scheduler's controller starts, and all Tasks are bound.
void DurableBindings(const std::string& folder, int nodes, int tasks, bool apart) {
  std::filesystem::remove_all(folder);
  const Plane plane(folder);
  CreateWorld(*plane.client(), nodes, tasks, apart);
  SeededRandom random(1);
  ThreadExecutor executor;
  ThreadExecutor event_executor;
  InformerFactory informers(
      ReflectorSources(plane.client(), executor, RealClock::Instance(), random), executor);
  EventRecorder events(*plane.client(), event_executor, RealClock::Instance(), random, "bench");
  const ControllerContext context{*plane.client(), executor,  RealClock::Instance(),
                                  random,          informers, events};
  const auto controller = scheduler::MakeController(context);
  // Counted as the watch tells of them, which costs nothing more: the scheduler listens anyway.
  std::atomic<int> bound = 0;
  informers.Get<Task>().AddHandler([&](const Task* before, const Task* after) {
    const auto is_bound = [](const Task* task) { return task && !task->status.node_name.empty(); };
    if (is_bound(after) && !is_bound(before)) ++bound;
  });
  const auto start = SteadyClock::now();
  const double cpu = CpuSeconds();
  executor.Post([&] {
    controller->Start();
    informers.Start();
  });
  while (bound < tasks && SecondsSince(start) < 120)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const double seconds = SecondsSince(start);
  std::printf("%-24s %10d %10.0f /s %8.0f us of processor time each\n",
              apart ? "anti-affinity" : "basic", nodes, tasks / seconds,
              (CpuSeconds() - cpu) / tasks * 1e6);
  std::fflush(stdout);
  executor.Stop();
  event_executor.Stop();
  informers.Stop();
}

int Main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "scheduling_bench.data";
  if (argc < 3) DecisionAlone();
  std::printf(
      "\ndurable bindings from a backlog, the scheduler's own Events and watches included\n");
  DurableBindings(folder, 100, 3000, false);
  DurableBindings(folder, 1000, 3000, false);
  DurableBindings(folder, 5000, 3000, false);
  DurableBindings(folder, 1000, 3000, true);
  DurableBindings(folder, 5000, 3000, true);
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  return noizy::bench::Main(argc, argv);
}
