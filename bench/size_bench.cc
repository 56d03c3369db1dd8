// What many objects cost: memory an object, lists, 64 lists at once, start with the first list; and
// what one greedy client does to another's gets: size_bench NOIZY [FOLDER [OBJECTS...]].
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

constexpr int kConnections = 64;
constexpr int kListed = 5000;
constexpr double kSeconds = 3;
constexpr char kAllTasks[] = "/apis/noizy.dev/v1/tasks";
constexpr char kListedTasks[] = "/apis/noizy.dev/v1/namespaces/listed/tasks";

std::vector<std::string> Flags(const std::string& folder) {
  return {"--no-agent", "--no-controllers", "--audit-log-path", folder + "/audit.log"};
}

double Milliseconds(std::chrono::steady_clock::time_point from) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count();
}

class Filler {
 public:
  explicit Filler(const ServedGrid& grid) {
    for (int i = 0; i < kConnections; ++i)
      connections_.push_back(std::make_unique<TlsClient>(grid.https_port(), grid.identity()));
  }
  /// Tasks number `from` to `to` in the collection at `path`.
  bool Fill(const std::string& path, int from, int to) {
    std::atomic<int> next{from};
    const Load load = RunUntilOver(kConnections, [&](int client, bool& over) {
      const int task = next++;
      over = task >= to;
      return over || connections_[static_cast<std::size_t>(client)]->Call(
                         "POST", path, TaskBody("s" + std::to_string(task))) == 201;
    });
    return from == to || load.calls > 0;
  }
  bool MakeNamespace(const std::string& name) {
    return connections_.front()->Call("POST", "/api/v1/namespaces",
                                      R"({"metadata":{"name":")" + name + R"("}})") == 201;
  }

 private:
  std::vector<std::unique_ptr<TlsClient>> connections_;
};

/// The least of some tries, with the size of what came.
void PrintList(const ServedGrid& grid, const char* what, const std::string& path) {
  TlsClient connection(grid.https_port(), grid.identity());
  double best = 1e9;
  double all = 0;
  const double cpu = grid.CpuSeconds();
  constexpr int kTries = 10;
  for (int i = 0; i < kTries; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (connection.Call("GET", path) != 200) return;
    const double took = Milliseconds(start);
    best = std::min(best, took);
    all += took;
  }
  std::printf("%-40s %8.1f ms at best, %.1f on average, %.1f of CPU (%.1f MiB)\n", what, best,
              all / kTries, (grid.CpuSeconds() - cpu) / kTries * 1e3,
              static_cast<double>(connection.body().size()) / (1 << 20));
}

void ListsAtOnce(const ServedGrid& grid) {
  std::vector<std::unique_ptr<TlsClient>> connections;
  for (int i = 0; i < kConnections; ++i)
    connections.push_back(std::make_unique<TlsClient>(grid.https_port(), grid.identity()));
  const double before = grid.RssMib();
  std::atomic<int> left{2 * kConnections};
  const auto start = std::chrono::steady_clock::now();
  const Load load = RunUntilOver(kConnections, [&](int client, bool& over) {
    over = left-- <= 0;
    return over || connections[static_cast<std::size_t>(client)]->Call("GET", kListedTasks) == 200;
  });
  std::printf("%-40s %8.1f ms each at p50, %.0f/s, %s, %.1f MiB more at the most\n",
              "64 lists of 5,000 at once", load.p50_ms, load.calls / (Milliseconds(start) / 1e3),
              load.calls > 0 ? "no error" : "ERRORS", grid.PeakRssMib() - before);
}

/// One user gets one object at a time, alone and while another lists 5,000 on 16 connections.
void Fairness(const ServedGrid& grid) {
  const TlsIdentity modest = CertifyUser(grid, "modest");
  const TlsIdentity greedy = CertifyUser(grid, "greedy");
  if (!AllowTasks(grid, "modest") || !AllowTasks(grid, "greedy")) return;
  TlsClient getter(grid.https_port(), modest);
  const auto get = [&](int) { return getter.Call("GET", std::string(kTasks) + "/s0") == 200; };
  const Load alone = RunClients(1, kSeconds, get);
  std::vector<std::unique_ptr<TlsClient>> connections;
  for (int i = 0; i < 16; ++i)
    connections.push_back(std::make_unique<TlsClient>(grid.https_port(), greedy));
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  for (auto& connection : connections) {
    threads.emplace_back([&over, client = connection.get()] {
      while (!over && client->Call("GET", std::string(kTasks) + "?limit=5000") != 0) {
      }
    });
  }
  const Load beside = RunClients(1, kSeconds, get);
  over = true;
  for (std::thread& thread : threads) thread.join();
  Print("gets of one user alone", alone);
  Print("gets beside another's 16 lists of 5,000", beside);
}

void Restart(const std::string& binary, const std::string& folder, int objects) {
  const auto start = std::chrono::steady_clock::now();
  const ServedGrid grid(binary, folder, Flags(folder));
  TlsClient connection(grid.https_port(), grid.identity());
  const int code = connection.Call("GET", kAllTasks);
  std::printf("start with %d Tasks: %.0f ms to ready, %.0f with a list of all (%d), RSS %.1f MiB\n",
              objects, grid.start_ms(), Milliseconds(start), code, grid.RssMib());
}

bool Fill(const std::string& binary, const std::string& folder, int from, int to) {
  const ServedGrid grid(binary, folder, Flags(folder));
  if (!grid.ok()) return false;
  Filler filler(grid);
  const bool first = from == 0;
  const double idle = grid.RssMib();
  if (first) std::printf("first start %.0f ms, idle %.1f MiB\n", grid.start_ms(), idle);
  if (first && !(filler.MakeNamespace("listed") && filler.Fill(kListedTasks, 0, kListed)))
    return false;
  if (!filler.Fill(kTasks, std::max(0, from - kListed), to - kListed)) return false;
  std::printf("%d Tasks just written: RSS %.1f MiB\n", to, grid.RssMib());
  if (!first) {
    PrintList(grid, "list of all", kAllTasks);
    return true;
  }
  PrintList(grid, "list of 5,000", kListedTasks);
  PrintList(grid, "page of 500", std::string(kListedTasks) + "?limit=500");
  ListsAtOnce(grid);
  Fairness(grid);
  return true;
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  return noizy::bench::RunInFolder(
      argc, argv, "size_bench", "OBJECTS...", [](const noizy::bench::Call& call) {
        int from = 0;
        for (const int size : call.Numbers({10'000, 100'000})) {
          if (!noizy::bench::Fill(call.binary, call.folder, from, size)) return 1;
          noizy::bench::Restart(call.binary, call.folder, size);
          from = size;
        }
        return 0;
      });
}
