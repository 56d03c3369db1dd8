// How long a store of N objects takes to open, and how much memory it needs: store_load_bench
// [OBJECTS [BYTES]].
//
// Links: apiserver_storage_sqlite

#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/storage/sqlite/sqlite_store.h"
#include "machinery/os/files.h"

namespace noizy::bench {
namespace {

using apiserver::SqliteStore;
using apiserver::WriteOp;

constexpr char kFolder[] = "/tmp/noizy-load-bench";
constexpr int kOpsPerWrite = 500;

/// Of this process, in MiB; Linux alone tells.
double ResidentMiB() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  return resident * 4096 / (1 << 20);
}

std::unique_ptr<SqliteStore> Open() {
  apiserver::SqliteOptions options;
  options.folder = kFolder;
  options.attributes = [](const apiserver::StoreKey& key, std::string_view) {
    return apiserver::Attributes{{{"app", key.name}}, {{"status.phase", "Running"}}};
  };
  auto store = SqliteStore::Open(std::move(options));
  if (store.ok()) return *std::move(store);
  std::fprintf(stderr, "%s\n", store.status().ToString().c_str());
  std::exit(1);
}

void Fill(SqliteStore& store, int objects, std::size_t bytes) {
  for (int done = 0; done < objects; done += kOpsPerWrite) {
    std::vector<WriteOp> ops;
    for (int i = done; i < std::min(objects, done + kOpsPerWrite); ++i) {
      const apiserver::StoreKey key{"tasks.noizy.dev", "default",
                                    "analyze-logs-" + std::to_string(i)};
      ops.push_back({WriteOp::Kind::kPut, key, 0, {std::string(bytes, 'x'), 10}, {}});
    }
    std::promise<bool> written;
    store.Write(std::move(ops), [&written](const auto& result) { written.set_value(result.ok()); });
    if (!written.get_future().get()) std::exit(1);
  }
}

/// In a process of its own, so that its memory is not counted.
void FillInChild(int objects, std::size_t bytes) {
  const pid_t child = ::fork();
  if (child == 0) {
    Fill(*Open(), objects, bytes);
    std::exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) std::exit(1);
}

/// The number on the command line, or `otherwise`.
std::size_t Argument(int argc, char** argv, int index, std::size_t otherwise) {
  if (index >= argc) return otherwise;
  const std::string_view text(argv[index]);
  std::size_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  return end.ec == std::errc() && number > 0 ? number : otherwise;
}

void Run(int objects, std::size_t bytes) {
  (void)RemoveTree(kFolder);
  FillInChild(objects, bytes);
  const double before = ResidentMiB();
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu_start = std::clock();
  const auto store = Open();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  const double cpu_ms = 1000.0 * static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  std::printf(
      "%d objects of %zu bytes: open %.0f ms (%.0f ms of CPU), resident %.1f MiB (%.1f before)\n",
      objects, bytes, took.count(), cpu_ms, ResidentMiB(), before);
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  using noizy::bench::Argument;
  noizy::bench::Run(static_cast<int>(Argument(argc, argv, 1, 10'000)),
                    Argument(argc, argv, 2, 2000));
  (void)noizy::RemoveTree(noizy::bench::kFolder);
}
