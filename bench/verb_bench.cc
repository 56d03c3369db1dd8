// Every verb over HTTPS as an ordinary user, with the audit log on and every check that a request
// passes: create, get, replace, status patch, apply, page, delete of the same Tasks at 1, 16 and 64
// connections, with the server's own CPU time for each: verb_bench NOIZY [FOLDER [TASKS]].
//
// Links: machinery_client machinery_os OpenSSL::SSL

#include <atomic>
#include <memory>

#include "bench/bench_main.h"
#include "bench/clients.h"
#include "bench/served_grid.h"
#include "bench/task_body.h"
#include "bench/tls_client.h"
#include "bench/user.h"

namespace noizy::bench {
namespace {

constexpr char kUser[] = "bench";
constexpr int kPage = 500;

/// The same Tasks, verb after verb, over one set of connections.
class Round {
 public:
  Round(const ServedGrid& grid, const TlsIdentity& user, int clients, int tasks)
      : grid_(grid), tasks_(tasks), prefix_("c" + std::to_string(clients) + "-") {
    objects_.resize(static_cast<std::size_t>(tasks));
    for (int i = 0; i < clients; ++i)
      connections_.push_back(std::make_unique<TlsClient>(grid.https_port(), user));
  }

  bool Run() {
    return Each("create", &Round::Create) && Each("get", &Round::Get) &&
           Each("replace", &Round::Replace) && Each("status patch", &Round::PatchStatus) &&
           Each("first apply", &Round::Apply) && Each("apply", &Round::ApplyAgain) && Pages() &&
           Each("delete", &Round::Delete);
  }

 private:
  using Verb = bool (Round::*)(TlsClient& connection, int task);

  std::string Name(int task) const { return prefix_ + std::to_string(task); }
  std::string Path(int task) const { return std::string(kTasks) + "/" + Name(task); }

  bool Create(TlsClient& connection, int task) {
    const bool made = connection.Call("POST", kTasks, TaskBody(Name(task))) == 201;
    objects_[static_cast<std::size_t>(task)] = connection.body();
    return made;
  }
  bool Get(TlsClient& connection, int task) { return connection.Call("GET", Path(task)) == 200; }
  // As clients do: the whole object as it was read, with one thing changed.
  bool Replace(TlsClient& connection, int task) {
    std::string& object = objects_[static_cast<std::size_t>(task)];
    const auto note = object.find(R"("note":"x")");
    if (note == std::string::npos) return false;
    object[note + 8] = 'y';
    return connection.Call("PUT", Path(task), std::exchange(object, {})) == 200;
  }
  bool PatchStatus(TlsClient& connection, int task) {
    return connection.Call(
               "PATCH", Path(task) + "/status",
               R"({"status":{"message":"looked at","conditions":[{"type":"Scheduled",)"
               R"("status":"False","reason":"Suspended","lastTransitionTime":"2026-11-22T10:00:00Z"}]}})",
               "application/merge-patch+json") == 200;
  }
  bool ApplyAs(TlsClient& connection, int task, const std::string& note) {
    return connection.Call("PATCH", Path(task) + "?fieldManager=applier&force=true",
                           TaskBody(Name(task), note), "application/apply-patch+yaml") == 200;
  }
  bool Apply(TlsClient& connection, int task) { return ApplyAs(connection, task, "z"); }
  bool ApplyAgain(TlsClient& connection, int task) { return ApplyAs(connection, task, "w"); }
  bool Delete(TlsClient& connection, int task) {
    return connection.Call("DELETE", Path(task)) == 200;
  }

  bool Each(const char* verb, Verb call) {
    std::atomic<int> next{0};
    return Measure(verb, [&](TlsClient& connection, bool& over) {
      const int task = next++;
      over = task >= tasks_;
      return over || (this->*call)(connection, task);
    });
  }
  bool Pages() {
    std::atomic<int> left{tasks_ / 20};
    const std::string path = std::string(kTasks) + "?limit=" + std::to_string(kPage);
    return Measure("page of 500", [&](TlsClient& connection, bool& over) {
      over = left-- <= 0;
      return over || connection.Call("GET", path) == 200;
    });
  }

  bool Measure(const char* verb, const std::function<bool(TlsClient&, bool& over)>& call) {
    const double before = grid_.CpuSeconds();
    const Load load =
        RunUntilOver(static_cast<int>(connections_.size()), [&](int client, bool& over) {
          return call(*connections_[static_cast<std::size_t>(client)], over);
        });
    if (load.per_second == 0) {
      std::fprintf(stderr, "%s failed: %.300s\n", verb, connections_.front()->body().c_str());
      return false;
    }
    const double cpu = (grid_.CpuSeconds() - before) / load.calls * 1e6;
    std::printf("%-14s %3zu connections %8.0f /s   p50 %7.3f ms   p99 %7.3f ms %8.1f µs of CPU\n",
                verb, connections_.size(), load.per_second, load.p50_ms, load.p99_ms, cpu);
    std::fflush(stdout);
    return true;
  }

  const ServedGrid& grid_;
  const int tasks_;
  const std::string prefix_;
  std::vector<std::string> objects_;
  std::vector<std::unique_ptr<TlsClient>> connections_;
};

int Run(const std::string& binary, const std::string& folder, int tasks) {
  const ServedGrid grid(
      binary, folder,
      {"--no-agent", "--no-controllers", "--audit-log-path", folder + "/audit.log"});
  if (!grid.ok() || !AllowTasks(grid, kUser)) return 1;
  const TlsIdentity user = CertifyUser(grid, kUser);
  for (const int clients : {1, 16, 64}) {
    // One connection waits for the disk each time; a fifth says as much.
    if (!Round(grid, user, clients, clients == 1 ? tasks / 5 : tasks).Run()) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  return noizy::bench::RunInFolder(
      argc, argv, "verb_bench", "TASKS", [](const noizy::bench::Call& call) {
        return noizy::bench::Run(call.binary, call.folder, call.Number(0, 5000));
      });
}
