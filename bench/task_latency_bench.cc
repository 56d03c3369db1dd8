// How long a Task takes from the request to Succeeded, and in which room it waits:
// task_latency_bench NOIZY [FOLDER [COUNT]]. `noizy up` with its own agent; one Task after the
// other, each `true`; a watch tells when each phase was to be seen by a client. Beside it the whole
// of `noizy run -- true` as a process, and one fdatasync, of which a Task waits for several.
//
// Links: machinery_client machinery_os OpenSSL::SSL

#include <fcntl.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "bench/clients.h"
#include "bench/served_grid.h"
#include "bench/tls_client.h"
#include "machinery/os/command.h"
#include "machinery/os/parse_number.h"
#include "machinery/value/json.h"

namespace noizy::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kTasks[] = "/apis/noizy.dev/v1/namespaces/default/tasks";
constexpr std::chrono::seconds kPatience{30};

double Ms(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// When a client saw each phase of each Task first.
class Seen {
 public:
  void Note(const Value& task) {
    const Clock::time_point now = Clock::now();
    const std::string key = std::string(StringAt(task, {"metadata", "name"})) + " " +
                            std::string(StringAt(task, {"status", "phase"}));
    std::lock_guard lock(mutex_);
    times_.try_emplace(key, now);
    if (const Value* time = Find(task, {"status", "executionTimeMs"}))
      process_ms_[std::string(StringAt(task, {"metadata", "name"}))] =
          static_cast<double>(time->to_number<std::int64_t>());
    changed_.notify_all();
  }
  std::optional<Clock::time_point> Await(const std::string& name, const std::string& phase) {
    std::unique_lock lock(mutex_);
    const std::string key = name + " " + phase;
    if (!changed_.wait_for(lock, kPatience, [&] { return times_.contains(key); }))
      return std::nullopt;
    return times_.at(key);
  }
  double ProcessMs(const std::string& name) {
    std::lock_guard lock(mutex_);
    return process_ms_[name];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Clock::time_point> times_;
  std::map<std::string, double> process_ms_;
};

// Feeds `seen` from a watch until the connection ends. The chunks' sizes are lines of their own,
// which are no objects.
void Watch(TlsClient& connection, Seen& seen) {
  std::string text = connection.body();
  for (;;) {
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos;
         text.erase(0, end + 1)) {
      if (text.front() != '{') continue;
      const Result<Value> event = ParseJson(std::string_view(text).substr(0, end));
      if (event.ok()) seen.Note(*Find(*event, {"object"}));
    }
    const std::string_view piece = connection.ReadSome();
    if (piece.empty()) return;
    text += piece;
  }
}

class Samples {
 public:
  void Add(double value) { values_.push_back(value); }
  double At(double share) {
    std::sort(values_.begin(), values_.end());
    return values_.empty()
               ? 0
               : values_[static_cast<std::size_t>(share * static_cast<double>(values_.size() - 1))];
  }
  void Print(const char* what) {
    std::printf("%-52s p50 %8.2f ms   p99 %8.2f ms\n", what, At(0.5), At(0.99));
  }

 private:
  std::vector<double> values_;
};

struct Rooms {
  Samples api, decide, dispatch, process, report, total;

  void Print() {
    api.Print("API: request to 201");
    decide.Print("decide: 201 to Scheduled");
    dispatch.Print("dispatch: Scheduled to Running");
    process.Print("process: start to exit, by the agent's clock");
    report.Print("report: the rest, to Succeeded");
    total.Print("all");
  }
};

bool RunOne(TlsClient& connection, Seen& seen, const std::string& name, Rooms& rooms) {
  const Clock::time_point start = Clock::now();
  const int code =
      connection.Call("POST", kTasks,
                      R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"name":")" + name +
                          R"("},"spec":{"exec":{"command":["true"]}}})");
  const Clock::time_point created = Clock::now();
  if (code != 201)
    return std::fprintf(stderr, "POST: %d %s\n", code, connection.body().c_str()), false;
  const auto ended = seen.Await(name, "Succeeded");
  const auto scheduled = seen.Await(name, "Scheduled");
  const auto running = ended ? seen.Await(name, "Running") : ended;
  if (!ended || !scheduled || !running) return false;
  const double process = seen.ProcessMs(name);
  rooms.api.Add(Ms(created - start));
  rooms.decide.Add(Ms(*scheduled - created));
  rooms.dispatch.Add(Ms(*running - *scheduled));
  rooms.process.Add(process);
  rooms.report.Add(Ms(*ended - *running) - process);
  rooms.total.Add(Ms(*ended - start));
  return true;
}

void MeasureFlush(const std::string& folder, int count) {
  const int file = open((folder + "/flush").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  const std::string block(4096, 'x');
  Samples flushes;
  for (int i = 0; i < count; ++i) {
    const Clock::time_point start = Clock::now();
    if (write(file, block.data(), block.size()) < 0 || fdatasync(file) != 0) break;
    flushes.Add(Ms(Clock::now() - start));
  }
  close(file);
  flushes.Print("one fdatasync of 4 KiB");
}

void MeasureCommand(const std::string& binary, const ServedGrid& grid, int count) {
  Samples runs;
  for (int i = 0; i < count; ++i) {
    const std::vector<std::string> command = {
        binary, "run", "cli-" + std::to_string(i), "--kubeconfig", grid.folder() + "/kubeconfig",
        "--",   "true"};
    const Clock::time_point start = Clock::now();
    const Result<CommandOutput> run = RunCommand(command);
    if (!run.ok() || run->exit.code != 0) return;
    runs.Add(Ms(Clock::now() - start));
  }
  runs.Print("`noizy run -- true`, the whole process");
}

int Run(const std::string& binary, const std::string& folder, int count) {
  ServedGrid grid(binary, folder + "/grid", {});
  if (!grid.ok()) return 1;
  MeasureFlush(folder, count);
  TlsClient writing(grid.https_port(), grid.identity());
  TlsClient watching(grid.https_port(), grid.identity());
  if (watching.Call("GET", std::string(kTasks) + "?watch=true") != 200) return 1;
  Seen seen;
  std::thread watcher([&] { Watch(watching, seen); });
  Rooms warm_up;
  Rooms rooms;
  bool ok = RunOne(writing, seen, "warm-up", warm_up);
  for (int i = 0; ok && i < count; ++i) ok = RunOne(writing, seen, "t" + std::to_string(i), rooms);
  if (ok) rooms.Print();
  if (ok) MeasureCommand(binary, grid, count / 5);
  grid.Stop();
  watcher.join();
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: task_latency_bench NOIZY [FOLDER [COUNT]]\n");
    return 2;
  }
  const std::string folder = argc > 2 ? argv[2] : "/tmp/noizy-task-latency-bench";
  (void)noizy::MakeFolders(folder);
  const int code =
      noizy::bench::Run(argv[1], folder, argc > 3 ? noizy::ParseNumber<int>(argv[3]) : 100);
  (void)noizy::RemoveTree(folder);
  return code;
}
