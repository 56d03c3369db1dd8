// What asking a model costs a Task: routing_latency_bench.
//
// What mode Advise adds to a binding, what a decision from the cache takes, and by how much mode
// Wait overruns its deadline where the model hangs, drips or is late: over real sockets on
// loopback. Ends with 1 when a bar is missed.
//
// Links: controllers_routing_policy machinery_scheduling machinery_routing

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "controllers/routing_policy/advice.h"
#include "machinery/scheduling/decide.h"
#include "machinery/scheduling/from_objects.h"

namespace noizy::bench {
namespace {

using namespace scheduling;
using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr double kMostAddedMicros = 1000;
constexpr double kMostCachedMicros = 50;
constexpr double kMostOverrunMicros = 20'000;
const WallTime kNow{std::chrono::seconds(1'800'000'000)};

// Processor time of this thread, which neighbours on the machine do not add to.
double CpuMicros() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

double MicrosSince(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::micro>(SteadyClock::now() - start).count();
}

struct Spread {
  double median = 0;
  double p99 = 0;
  double most = 0;
};

Spread SpreadOf(std::vector<double> samples) {
  std::ranges::sort(samples);
  return {samples[samples.size() / 2], samples[samples.size() * 99 / 100], samples.back()};
}

bool Tell(const char* what, const Spread& spread, double judged, double bar) {
  std::printf("%-44s median %9.1f us, p99 %9.1f us, most %9.1f us, bar %7.0f us: %s\n", what,
              spread.median, spread.p99, spread.most, bar, judged <= bar ? "met" : "MISSED");
  std::fflush(stdout);
  return judged <= bar;
}

Node SimulatedNode(int number) {
  Node node;
  node.metadata.name = "node-" + std::to_string(number);
  node.status.conditions = {{"Ready", "True", "Simulated", "", "2026-01-01T00:00:00Z", 1}};
  node.status.capabilities = {"exec"};
  node.status.allocatable = {{"cpu", "1000000"}, {"memory", "1000Gi"}};
  node.status.node_info.emplace().os = "linux";
  return node;
}

/// A grid of eight machines with a policy, and Tasks that come one by one.
class Bench {
 public:
  explicit Bench(const std::string& strategy) {
    RoutingPolicy policy;
    policy.metadata.name = "p";
    policy.spec.strategy = strategy;
    if (strategy == kAiStrategy) policy.spec.ai.emplace();  // mode Advise
    routing_ = RoutingTable({policy});
    for (int i = 0; i < 8; ++i) {
      nodes_.push_back(std::make_shared<const Node>(SimulatedNode(i)));
      grid_.SetNode(ViewOf(*nodes_.back()));
    }
  }

  /// Microseconds of processor time from the Task to its binding, with what was asked on the way
  /// handed over.
  double Bind(const std::string& work) {
    Task task;
    task.metadata.name = "t" + std::to_string(++count_);
    task.metadata.ns = "default";
    task.metadata.labels[std::string(kWorkLabel)] = work;
    task.spec.exec.emplace().command = {"true"};
    TaskView view = ViewOf(task, routing_);
    const double start = CpuMicros();
    grid_.SetTask(view);
    const Plan plan = Decide(grid_, kNow);
    for (const scheduling::Question& question : plan.questions) {
      auto asked = routing_policy::QuestionOf(question, {}, "Features", &task, Named());
      if (asked) handed_over_.push_back({question.task_class, std::move(*asked)});
    }
    const double micros = CpuMicros() - start;
    cached_ = !plan.bindings.empty() && plan.bindings[0].cached;
    grid_.RemoveTask(view.key);
    return micros;
  }
  /// The model's answer to what was asked last.
  void Answer(const std::string& work) {
    // The class is there as long as a Task of it is.
    Task task;
    task.metadata.name = "keeps-the-class";
    task.metadata.ns = "default";
    task.metadata.labels[std::string(kWorkLabel)] = work;
    task.spec.exec.emplace().command = {"true"};
    TaskView view = ViewOf(task, routing_);
    grid_.SetTask(view);
    (void)Decide(grid_, kNow);
    const auto& [task_class, question] = handed_over_.back();
    grid_.SetAdvice(task_class, Advice{question.nodes[0], "m", "m", "", 1}, kNow);
    view.node = question.nodes[0];
    grid_.SetTask(view);
  }
  bool cached() const { return cached_; }

 private:
  routing_policy::NodeSource Named() const {
    return [this](const std::string& name) {
      return nodes_[static_cast<std::size_t>(std::stoi(name.substr(5)))];
    };
  }

  RoutingTable routing_;
  std::vector<std::shared_ptr<const Node>> nodes_;
  Grid grid_;
  int count_ = 0;
  bool cached_ = false;
  std::vector<std::pair<std::string, routing::Question>> handed_over_;
};

bool AdviseAdds() {
  constexpr int kTasks = 5000;
  Bench without("FastestFinish");
  Bench with("AI");
  std::vector<double> plain;
  std::vector<double> added;
  for (int i = 0; i < kTasks; ++i) {  // each a class of its own, so that each is asked about
    plain.push_back(without.Bind("w" + std::to_string(i)));
    added.push_back(with.Bind("w" + std::to_string(i)));
  }
  const Spread base = SpreadOf(plain);
  std::printf("%-44s median %9.1f us, p99 %9.1f us\n", "a binding without an AI", base.median,
              base.p99);
  const Spread spread = SpreadOf(added);
  return Tell("a binding that asks, mode Advise", spread, spread.p99 - base.median,
              kMostAddedMicros);
}

bool CacheHits() {
  Bench bench("AI");
  bench.Bind("known");
  bench.Answer("known");
  bench.Bind("known");
  std::vector<double> samples;
  for (int i = 0; i < 5000; ++i) {
    samples.push_back(bench.Bind("known"));
    if (!bench.cached()) {
      std::printf("no decision came from the cache\n");
      return false;
    }
  }
  const Spread spread = SpreadOf(samples);
  return Tell("a binding from the cache", spread, spread.median, kMostCachedMicros);
}

/// Listens on loopback and treats each connection as a test wants, until it goes.
class Server {
 public:
  using Treat = std::function<void(int socket, const std::atomic<bool>& over)>;
  explicit Server(Treat treat)
      : treat_(std::move(treat)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(socket_, 64) != 0 ||
        getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    accepts_ = std::thread([this] { Accept(); });
  }
  ~Server() {
    over_ = true;
    accepts_.join();
    for (std::thread& thread : threads_) thread.join();
    close(socket_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

 private:
  void Accept() {
    while (!over_) {
      pollfd ready{socket_, POLLIN, 0};
      if (poll(&ready, 1, 20) <= 0) continue;
      const int client = accept(socket_, nullptr, nullptr);
      threads_.emplace_back([this, client] {
        treat_(client, over_);
        close(client);
      });
    }
  }

  const Treat treat_;
  const int socket_;
  int port_ = 0;
  std::atomic<bool> over_ = false;
  std::thread accepts_;
  std::vector<std::thread> threads_;
};

void Hang(int, const std::atomic<bool>& over) {
  while (!over) std::this_thread::sleep_for(milliseconds(5));
}

/// Headers at once, and then a byte now and then, for ever.
void Drip(int socket, const std::atomic<bool>& over) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{";
  (void)send(socket, head.data(), head.size(), MSG_NOSIGNAL);
  while (!over && send(socket, " ", 1, MSG_NOSIGNAL) == 1)
    std::this_thread::sleep_for(milliseconds(7));
}

/// Headers themselves a byte at a time.
void DripHead(int socket, const std::atomic<bool>& over) {
  (void)send(socket, "HTTP/1.1 200 OK\r\nX: ", 20, MSG_NOSIGNAL);
  while (!over && send(socket, "x", 1, MSG_NOSIGNAL) == 1)
    std::this_thread::sleep_for(milliseconds(7));
}

bool WaitOverruns(const char* what, const Server::Treat& treat) {
  constexpr Duration kDeadline = milliseconds(150);
  std::vector<double> samples;
  const Server server(treat);
  for (int i = 0; i < 12; ++i) {
    model::ModelClientOptions options;
    for (const char* name : {"first", "second"}) {
      model::Provider& provider = options.providers.emplace_back();
      provider.name = name;
      provider.api = "openai";
      provider.base_url = server.url();
      provider.model = "m";
    }
    model::ModelClient client({RealClock::Instance(), SystemRandom::Instance(), model::ConnectTo,
                               [](Duration span) { std::this_thread::sleep_for(span); }},
                              options);
    model::ChatRequest prompt;
    prompt.user = "{}";
    const auto start = SteadyClock::now();
    (void)client.Ask(prompt, kDeadline, [](const model::ChatAnswer&) { return Status::Ok(); });
    samples.push_back(MicrosSince(start) -
                      std::chrono::duration<double, std::micro>(kDeadline).count());
  }
  const Spread spread = SpreadOf(samples);
  return Tell(what, spread, spread.most, kMostOverrunMicros);
}

}  // namespace
}  // namespace noizy::bench

int main() {
  using namespace noizy::bench;
  bool good = AdviseAdds();
  good = CacheHits() && good;
  good = WaitOverruns("past the deadline of 150 ms, a model hangs", Hang) && good;
  good = WaitOverruns("past it, an answer drips", Drip) && good;
  good = WaitOverruns("past it, a header drips", DripHead) && good;
  return good ? 0 : 1;
}
