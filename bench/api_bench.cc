// The REST API over HTTPS with client certificates: create, get, update, list at 1, 16 and 64
// connections; memory and start time; etcd's plain-text puts beside it, in the same run on the same
// disk: api_bench NOIZY [FOLDER [SECONDS]]. The ratios are what counts.
//
// Links: machinery_client machinery_os bench_etcd_kv OpenSSL::SSL

#include <atomic>
#include <memory>

#include "bench/bench_main.h"
#include "bench/clients.h"
#include "bench/etcd.h"
#include "bench/served_grid.h"
#include "bench/task_body.h"
#include "bench/tls_client.h"

namespace noizy::bench {
namespace {

constexpr int kListed = 5000;
constexpr int kTaskObjects = 10000;

struct Measured {
  Load load;
  double cpu_us = 0;  // of the server, per call
};

// Runs `call(client, connection)` over as many connections as clients.
Measured Measure(const ServedGrid& grid, int clients, double seconds,
                 const std::function<bool(int, TlsClient&)>& call) {
  std::vector<std::unique_ptr<TlsClient>> connections;
  for (int i = 0; i < clients; ++i)
    connections.push_back(std::make_unique<TlsClient>(grid.https_port(), grid.identity()));
  const double before = grid.CpuSeconds();
  Measured measured;
  measured.load = RunClients(clients, seconds, [&](int client) {
    return call(client, *connections[static_cast<std::size_t>(client)]);
  });
  if (measured.load.calls > 0)
    measured.cpu_us = (grid.CpuSeconds() - before) / measured.load.calls * 1e6;
  return measured;
}

void PrintMeasured(const std::string& what, const Measured& measured) {
  Print(what, measured.load);
  std::printf("%-44s %9.0f µs of server CPU a call\n", "", measured.cpu_us);
}

Measured Creates(const ServedGrid& grid, int clients, double seconds) {
  static std::atomic<int> next{0};
  return Measure(grid, clients, seconds, [](int, TlsClient& connection) {
    return connection.Call("POST", kTasks, TaskBody("b" + std::to_string(next++))) == 201;
  });
}

Measured Gets(const ServedGrid& grid, int clients, double seconds) {
  return Measure(grid, clients, seconds, [](int, TlsClient& connection) {
    return connection.Call("GET", std::string(kTasks) + "/b0") == 200;
  });
}

Measured Updates(const ServedGrid& grid, int clients, double seconds) {
  static std::atomic<int> note{0};
  return Measure(grid, clients, seconds, [](int client, TlsClient& connection) {
    const std::string patch =
        R"({"metadata":{"annotations":{"note":")" + std::to_string(note++) + R"("}}})";
    return connection.Call("PATCH", std::string(kTasks) + "/b" + std::to_string(client), patch,
                           "application/merge-patch+json") == 200;
  });
}

bool Fill(const ServedGrid& grid, int from, int to) {
  TlsClient connection(grid.https_port(), grid.identity());
  for (int i = from; i < to; ++i) {
    if (connection.Call("POST", kTasks, TaskBody("f" + std::to_string(i))) != 201) return false;
  }
  return true;
}

void RunVerbs(const ServedGrid& grid, const std::string& folder, double seconds) {
  Load creates;
  for (const int clients : {1, 16, 64}) {
    const std::string at = ", " + std::to_string(clients) + " connections";
    const Measured made = Creates(grid, clients, seconds);
    creates = made.load;
    PrintMeasured("create" + at, made);
    PrintMeasured("get" + at, Gets(grid, clients, seconds));
    PrintMeasured("merge patch" + at, Updates(grid, clients, seconds));
  }
  const Load etcd = RunEtcd(folder + "/etcd", 64, seconds);
  Print("etcd put, plain text, 64 clients", etcd);
  if (etcd.per_second > 0)
    std::printf("creates over HTTPS / etcd puts, 64 clients: %.2f\n",
                creates.per_second / etcd.per_second);
}

void RunList(const ServedGrid& grid, double seconds) {
  std::size_t bytes = 0;
  const Measured lists = Measure(grid, 1, seconds, [&](int, TlsClient& connection) {
    const int code = connection.Call("GET", "/apis/noizy.dev/v1/namespaces/listed/tasks");
    bytes = connection.body().size();
    return code == 200;
  });
  PrintMeasured(
      "list of " + std::to_string(kListed) + " (" + std::to_string(bytes / 1024) + " KiB)", lists);
}

bool FillListed(const ServedGrid& grid) {
  TlsClient connection(grid.https_port(), grid.identity());
  if (connection.Call("POST", "/api/v1/namespaces", R"({"metadata":{"name":"listed"}})") != 201)
    return false;
  for (int i = 0; i < kListed; ++i) {
    if (connection.Call("POST", "/apis/noizy.dev/v1/namespaces/listed/tasks",
                        TaskBody("l" + std::to_string(i))) != 201)
      return false;
  }
  return true;
}

int Run(const std::string& binary, const std::string& folder, double seconds) {
  const std::vector<std::string> flags = {"--no-agent", "--no-controllers"};
  {
    const ServedGrid grid(binary, folder + "/verbs", flags);
    if (!grid.ok()) return 1;
    std::printf("first start %.0f ms, idle RSS %.1f MiB\n", grid.start_ms(), grid.RssMib());
    RunVerbs(grid, folder, seconds);
    if (!FillListed(grid)) return 1;
    RunList(grid, seconds);
  }
  {
    const ServedGrid grid(binary, folder + "/many", flags);
    if (!grid.ok() || !Fill(grid, 0, kTaskObjects)) return 1;
    std::printf("RSS with %d Tasks just written: %.1f MiB\n", kTaskObjects, grid.RssMib());
  }
  const ServedGrid again(binary, folder + "/many", flags);
  std::printf("start with %d Tasks: %.0f ms, RSS %.1f MiB\n", kTaskObjects, again.start_ms(),
              again.RssMib());
  return again.ok() ? 0 : 1;
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  return noizy::bench::RunInFolder(
      argc, argv, "api_bench", "SECONDS", [](const noizy::bench::Call& call) {
        return noizy::bench::Run(call.binary, call.folder, call.Number(0, 3.0));
      });
}
