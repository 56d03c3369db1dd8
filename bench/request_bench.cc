// What one request costs an API server apart from TLS, sockets and the disk: each verb in-process
// on a store in memory, as an ordinary user with the audit log on, in microseconds of this thread's
// CPU time (the least of several rounds: other work on the machine only adds): request_bench
// [ROUNDS [TASKS [VERB]]]. Run it under `valgrind --tool=callgrind` for counts that no neighbour
// disturbs.
//
// Links: apiserver_listener apiserver_storage noizy_kinds

#include <time.h>

#include <cstdio>
#include <limits>

#include "apiserver/audit/audit_log.h"
#include "apiserver/listener/api_server.h"
#include "apiserver/storage/memory_store.h"
#include "bench/task_body.h"
#include "machinery/os/files.h"
#include "machinery/os/parse_number.h"

namespace noizy::bench {
namespace {

using apiserver::ApiServer;

constexpr char kLog[] = "/tmp/noizy-request-bench.log";

double ThreadMicros() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

class Exchange final : public HttpExchange {
 public:
  explicit Exchange(HttpRequest request) : request_(std::move(request)) {}
  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply reply) override { reply_ = std::move(reply); }
  std::shared_ptr<HttpStream> Stream(int, HttpHeaders, HttpStreamEvents) override { return {}; }
  const HttpReply& reply() const { return reply_; }

 private:
  const HttpRequest request_;
  HttpReply reply_;
};

class Bench {
 public:
  Bench(int rounds, int tasks, std::string only)
      : rounds_(rounds), tasks_(tasks), only_(std::move(only)) {
    user_.common_name = "admin";
    user_.organizations = {"system:masters"};
    const std::string rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/";
    const std::string type = R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":)";
    Must(201, "POST", "/api/v1/namespaces", R"({"metadata":{"name":"default"}})");
    Must(201, "POST", rbac + "roles",
         type + R"("Role","metadata":{"name":"bench"},"rules":[{"apiGroups":["noizy.dev"],)"
                R"("resources":["tasks","tasks/status"],"verbs":["*"]}]})");
    Must(201, "POST", rbac + "rolebindings",
         type + R"("RoleBinding","metadata":{"name":"bench"},"roleRef":{"apiGroup":)"
                R"("rbac.authorization.k8s.io","kind":"Role","name":"bench"},"subjects":[{)"
                R"("apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"bench"}]})");
    user_ = {"bench", {}, "01"};
  }

  void Run() {
    for (round_ = 0; round_ < rounds_; ++round_) {
      Measure(0, "create", [&](int task) {
        objects_[static_cast<std::size_t>(task)] = Must(201, "POST", kTasks, TaskBody(Name(task)));
      });
      Measure(1, "get", [&](int task) { Must(200, "GET", Path(task)); });
      Measure(2, "replace", [&](int task) {
        std::string& object = objects_[static_cast<std::size_t>(task)];
        object[object.find(R"("note":"x")") + 8] = 'y';
        Must(200, "PUT", Path(task), std::move(object));
      });
      Measure(3, "status patch", [&](int task) {
        Must(200, "PATCH", Path(task) + "/status",
             R"({"status":{"message":"looked at","conditions":[{"type":"Scheduled","status":)"
             R"("False","reason":"Suspended","lastTransitionTime":"2026-11-22T10:00:00Z"}]}})",
             "application/merge-patch+json");
      });
      Measure(4, "first apply", [&](int task) { Apply(task, "z"); });
      Measure(5, "apply", [&](int task) { Apply(task, "w"); });
      Measure(6, "delete", [&](int task) { Must(200, "DELETE", Path(task)); });
    }
    for (const auto& [verb, micros] : best_) {
      if (!verb.empty()) std::printf("%-14s %8.1f µs\n", verb.c_str(), micros);
    }
  }

 private:
  std::string Name(int task) const {
    return "r" + std::to_string(round_) + "-" + std::to_string(task);
  }
  std::string Path(int task) const { return std::string(kTasks) + "/" + Name(task); }

  void Apply(int task, const std::string& note) {
    Must(200, "PATCH", Path(task), TaskBody(Name(task), note), "application/apply-patch+yaml",
         "fieldManager=applier&force=true");
  }

  std::string Must(int code, std::string method, const std::string& path, std::string body = {},
                   const char* content_type = "application/json", std::string query = {}) {
    HttpRequest request{std::move(method), path,  std::move(query), {},
                        std::move(body),   user_, "127.0.0.1:1"};
    request.headers = {{"Host", "localhost"},
                       {"Accept", "application/json"},
                       {"User-Agent", "bench/1.0"},
                       {"Content-Type", content_type}};
    const auto exchange = std::make_shared<Exchange>(std::move(request));
    server_.handler()(exchange);
    const std::string text = exchange->reply().BodyText();
    if (exchange->reply().code == code) return text;
    std::fprintf(stderr, "%s: %d %s\n", path.c_str(), exchange->reply().code, text.c_str());
    std::exit(1);
  }

  void Measure(std::size_t at, const char* verb, const std::function<void(int task)>& call) {
    // Under callgrind only the verb asked for is repeated; the others prepare its objects.
    const double before = ThreadMicros();
    for (int task = 0; task < tasks_; ++task) call(task);
    const double each = (ThreadMicros() - before) / tasks_;
    if (!only_.empty() && only_ != verb) return;
    best_[at].first = verb;
    best_[at].second = std::min(best_[at].second, each);
  }

  const int rounds_;
  const int tasks_;
  const std::string only_;
  int round_ = 0;
  PeerIdentity user_;
  std::vector<std::string> objects_ = std::vector<std::string>(static_cast<std::size_t>(tasks_));
  std::array<std::pair<std::string, double>, 7> best_ = [] {
    std::array<std::pair<std::string, double>, 7> best;
    best.fill({"", std::numeric_limits<double>::max()});
    return best;
  }();
  apiserver::MemoryStore store_;
  std::unique_ptr<apiserver::AuditLog> log_;
  ThreadExecutor executor_;
  const apiserver::AuditPolicy policy_;
  ApiServer server_{{.store = store_,
                     .kinds = BuiltinKinds(),
                     .clock = RealClock::Instance(),
                     .random = SystemRandom::Instance(),
                     .ca_pem = "CA",
                     .limits = {},
                     .audit = {OpenLog(), policy_},
                     .checks = {},
                     .paths = {},
                     .subresources = {}}};

  apiserver::AuditLog* OpenLog() {
    apiserver::AuditLogOptions options;
    options.path = kLog;
    auto log = apiserver::AuditLog::Open(options, RealClock::Instance(), executor_);
    if (log.ok()) log_ = *std::move(log);
    return log_.get();
  }
};

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  const auto number = [&](int at, int otherwise) {
    return argc > at ? noizy::ParseNumber<int>(argv[at]) : otherwise;
  };
  noizy::bench::Bench(number(1, 20), number(2, 200), argc > 3 ? argv[3] : "").Run();
  (void)noizy::RemoveTree(noizy::bench::kLog);
  return 0;
}
