// How long a Task takes from the request to Succeeded, and in which room it waits:
// task_latency_bench NOIZY [FOLDER [COUNT]]. `noizy up` with its own agent; one Task after the
// other, each `true`; a watch tells when each phase was to be seen by a client. Then fifty a
// second, whether those before have ended or not. Beside it the whole of `noizy run -- true` as a
// process, and one fdatasync, of which a Task waits for several.
//
// Links: machinery_client machinery_os OpenSSL::SSL

#include <fcntl.h>

#include "bench/bench_main.h"
#include "bench/served_grid.h"
#include "bench/task_watch.h"
#include "machinery/os/command.h"

namespace noizy::bench {
namespace {

constexpr double kSteadyRate = 50;
constexpr int kSteady = 500;

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
  if (!CreateTask(connection, name)) return false;
  const Clock::time_point created = Clock::now();
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
  TaskWatcher watcher(grid.https_port(), grid.identity());
  if (!watcher.ok()) return 1;
  Seen& seen = watcher.seen();
  Rooms warm_up;
  Rooms rooms;
  bool ok = RunOne(writing, seen, "warm-up", warm_up);
  for (int i = 0; ok && i < count; ++i) ok = RunOne(writing, seen, "t" + std::to_string(i), rooms);
  if (ok) rooms.Print();
  const double before = grid.CpuSeconds();
  ok = ok &&
       PrintLives(seen, CreateSteadily(writing, "steady-", kSteady, kSteadyRate), "50 a second");
  if (ok)
    std::printf("%-52s %8.2f ms of processor time each, agent included\n", "",
                (grid.CpuSeconds() - before) / kSteady * 1e3);
  if (ok) MeasureCommand(binary, grid, count / 5);
  grid.Stop();
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  return noizy::bench::RunInFolder(
      argc, argv, "task_latency_bench", "COUNT", [](const noizy::bench::Call& call) {
        return noizy::bench::Run(call.binary, call.folder, call.Number(0, 100));
      });
}
