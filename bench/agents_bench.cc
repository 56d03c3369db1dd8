// What a thousand agents cost the control plane: agents_bench NOIZY [FOLDER [AGENTS [TASKS]]].
// `noizy up` without an agent of its own; the agents are simulated in this process, each with a
// certificate, a connection and a Session of its own over mTLS. They renew their leases, take what
// they are assigned, and report it started and succeeded at once. Memory and processor time are the
// server's alone, by the kernel's word.
//
// Links: machinery_client machinery_os machinery_pki OpenSSL::SSL

#include <sys/resource.h>

#include <atomic>
#include <memory>

#include "bench/bench_main.h"
#include "bench/served_grid.h"
#include "bench/task_watch.h"
#include "machinery/base/clock.h"
#include "machinery/pki/pki.h"
#include "machinery/transport/agent_transport.h"

namespace noizy::bench {
namespace {

constexpr std::chrono::seconds kIdle{10};
constexpr double kSteadyRate = 50;
constexpr int kSteady = 500;
constexpr int kWriters = 4;

std::int64_t NowNs() {
  return Clock::now().time_since_epoch().count();
}
std::int64_t WallNs() {
  return std::chrono::system_clock::now().time_since_epoch().count();
}

/// From a heartbeat to its grant, of all agents.
class Grants {
 public:
  void Add(double ms) {
    std::lock_guard lock(mutex_);
    times_.Add(ms);
  }
  Samples Take() {
    std::lock_guard lock(mutex_);
    return std::exchange(times_, {});
  }

 private:
  std::mutex mutex_;
  Samples times_;
};

class SimulatedAgent {
 public:
  SimulatedAgent(std::shared_ptr<AgentChannel> channel, Grants& grants)
      : channel_(std::move(channel)), grants_(grants) {}
  ~SimulatedAgent() {
    if (session_) session_->Close();
    while (session_ && !closed_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  SimulatedAgent(const SimulatedAgent&) = delete;
  SimulatedAgent& operator=(const SimulatedAgent&) = delete;

  void Connect(const std::string& name) {
    session_ = channel_->OpenSession({[this](const v1::ServerMessage& message) { Take(message); },
                                      [this](const Status& status) { OnClosed(status); }});
    v1::AgentMessage message;
    v1::NodeFacts& facts = *message.mutable_hello()->mutable_facts();
    facts.set_os("linux");
    facts.set_arch("amd64");
    facts.set_hostname(name);
    facts.set_cpu_cores(4);
    facts.add_capabilities("exec");
    facts.add_addresses("10.0.0.1");
    (*facts.mutable_capacity())["cpu"] = "4";
    (*facts.mutable_capacity())["memory"] = "8Gi";
    session_->Send(std::move(message));
  }
  void Beat() {
    v1::AgentMessage message;
    v1::Heartbeat& heartbeat = *message.mutable_heartbeat();
    heartbeat.set_sequence(++beats_);
    heartbeat.set_sent_monotonic_ns(NowNs());
    heartbeat.mutable_usage()->set_memory_bytes(1 << 30);
    session_->Send(std::move(message));
  }
  bool welcome() const { return welcome_; }
  bool closed() const { return closed_; }

 private:
  void Take(const v1::ServerMessage& message) {
    if (message.has_welcome()) welcome_ = true;
    if (message.has_lease())
      grants_.Add(static_cast<double>(NowNs() - message.lease().sent_monotonic_ns()) / 1e6);
    if (message.has_assignment()) Run(message.assignment().ref());
  }
  void Run(const v1::AttemptRef& ref) {
    v1::AgentMessage started;
    Report(started, ref).mutable_started()->set_time_unix_ns(WallNs());
    session_->Send(std::move(started));
    v1::AgentMessage log;
    *log.mutable_log()->mutable_ref() = ref;
    log.mutable_log()->set_end(true);
    session_->Send(std::move(log));
    v1::AgentMessage finished;
    v1::Finished& end = *Report(finished, ref).mutable_finished();
    end.set_time_unix_ns(WallNs());
    end.set_execution_time_ms(1);
    end.set_reason("Completed");
    session_->Send(std::move(finished));
  }
  v1::TaskReport& Report(v1::AgentMessage& message, const v1::AttemptRef& ref) {
    *message.mutable_report()->mutable_ref() = ref;
    message.mutable_report()->set_sequence(++reports_);
    return *message.mutable_report();
  }
  void OnClosed(const Status& status) {
    if (!status.ok()) std::fprintf(stderr, "a session ended: %s\n", status.ToString().c_str());
    closed_ = true;
  }

  const std::shared_ptr<AgentChannel> channel_;
  Grants& grants_;
  std::shared_ptr<AgentSession> session_;
  std::uint64_t beats_ = 0;
  std::uint64_t reports_ = 0;
  std::atomic<bool> welcome_ = false;
  std::atomic<bool> closed_ = false;
};

/// Nodes with certificates of the grid's own CA, over one key: a join each would only be waited
/// for.
class Fleet {
 public:
  Fleet(const ServedGrid& grid, int size) : grid_(grid), size_(size) {}
  ~Fleet() { Leave(); }
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  Status Enrol() {
    TlsClient api(grid_.https_port(), grid_.identity());
    const std::string base = grid_.folder() + "/pki/ca";
    NOIZY_ASSIGN_OR_RETURN(const std::string ca, ReadFile(base + ".crt"));
    NOIZY_ASSIGN_OR_RETURN(const std::string ca_key, ReadFile(base + ".key"));
    NOIZY_ASSIGN_OR_RETURN(const std::string key, GenerateKey({}));
    NOIZY_ASSIGN_OR_RETURN(const std::string public_key, PublicKeyOf(key));
    for (int i = 0; i < size_; ++i) {
      CertificateProfile profile;
      profile.subject.common_name = "system:node:" + NameOf(i);
      profile.subject.organizations = {"system:nodes"};
      profile.not_before = RealClock::Instance().Now() - std::chrono::minutes(5);
      profile.not_after = profile.not_before + std::chrono::hours(1);
      profile.usages = {"digital signature", "client auth"};
      NOIZY_ASSIGN_OR_RETURN(std::string certificate,
                             SignCertificate({ca, ca_key}, profile, public_key));
      AgentChannelOptions options;
      options.target = "127.0.0.1:" + std::to_string(grid_.grpc_port());
      options.tls = {std::move(certificate), key, ca};
      NOIZY_ASSIGN_OR_RETURN(auto channel, AgentChannel::Connect(std::move(options)));
      agents_.push_back(std::make_unique<SimulatedAgent>(std::move(channel), grants_));
      const std::string node =
          R"({"apiVersion":"noizy.dev/v1","kind":"Node","metadata":{"name":")" + NameOf(i) + "\"}}";
      if (api.Call("POST", "/apis/noizy.dev/v1/nodes", node) != 201) return Unavailable(api.body());
    }
    return Status::Ok();
  }
  /// True once all sessions are open; each renews its lease from when it is.
  bool Connect() {
    beating_ = std::thread([this] { BeatOn(); });
    for (int i = 0; i < size_; ++i) agents_[static_cast<std::size_t>(i)]->Connect(NameOf(i));
    const auto end = Clock::now() + kPatience;
    const auto open = [](const auto& agent) { return agent->welcome(); };
    while (!std::ranges::all_of(agents_, open)) {
      if (Clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  void Leave() {
    over_ = true;
    if (beating_.joinable()) beating_.join();
    agents_.clear();
  }
  std::int64_t beats() const { return beats_; }
  Grants& grants() { return grants_; }
  bool lost_any() const {
    return std::ranges::any_of(agents_, [](const auto& agent) { return agent->closed(); });
  }

 private:
  static std::string NameOf(int number) { return "sim-" + std::to_string(number); }

  // A quarter of the default lease, spread evenly.
  void BeatOn() {
    Clock::time_point next = Clock::now();
    while (!over_) {
      for (const auto& agent : agents_) {
        if (over_) return;
        if (agent->welcome()) {
          agent->Beat();
          ++beats_;
        }
        next += std::chrono::duration_cast<Clock::duration>(std::chrono::seconds(1)) / size_;
        std::this_thread::sleep_until(next);
      }
    }
  }

  const ServedGrid& grid_;
  const int size_;
  Grants grants_;
  std::vector<std::unique_ptr<SimulatedAgent>> agents_;
  std::thread beating_;
  std::atomic<bool> over_ = false;
  std::atomic<std::int64_t> beats_ = 0;
};

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool ConnectAll(const ServedGrid& grid, Fleet& fleet, int agents) {
  const double before = grid.RssMib();
  const double cpu = grid.CpuSeconds();
  const Clock::time_point start = Clock::now();
  if (!fleet.Connect()) return false;
  std::printf("%d sessions opened                   %8.0f /s, %.2f ms of processor time each\n",
              agents, agents / SecondsSince(start), (grid.CpuSeconds() - cpu) / agents * 1e3);
  // Until the controllers have called the nodes Ready, and leases are renewed evenly.
  std::this_thread::sleep_for(std::chrono::seconds(3));
  std::printf("memory of a session                     %8.1f KiB\n",
              (grid.RssMib() - before) * 1024 / agents);
  return true;
}

void MeasureIdle(const ServedGrid& grid, Fleet& fleet) {
  (void)fleet.grants().Take();
  const double cpu = grid.CpuSeconds();
  const std::int64_t beats = fleet.beats();
  const Clock::time_point start = Clock::now();
  std::this_thread::sleep_for(kIdle);
  const double used = grid.CpuSeconds() - cpu;
  const auto sent = static_cast<double>(fleet.beats() - beats);
  std::printf(
      "idle                                    %8.0f heartbeats/s, %.0f us of processor "
      "time each: %.1f %% of a core\n",
      sent / SecondsSince(start), used / sent * 1e6, used / SecondsSince(start) * 100);
  fleet.grants().Take().Print("heartbeat to grant");
}

bool MeasureFlood(const ServedGrid& grid, Seen& seen, int tasks) {
  const double cpu = grid.CpuSeconds();
  const Clock::time_point start = Clock::now();
  std::atomic<int> next = 0;
  std::atomic<bool> ok = true;
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&] {
      TlsClient api(grid.https_port(), grid.identity());
      for (int task = next++; ok && task < tasks; task = next++) {
        if (!CreateTask(api, "flood-" + std::to_string(task))) ok = false;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const double created = SecondsSince(start);
  for (int i = 0; ok && i < tasks; ++i)
    ok = seen.Await("flood-" + std::to_string(i), "Succeeded").has_value();
  if (!ok) return false;
  std::printf(
      "%d Tasks at once                     %8.0f created/s, %.0f whole lives/s, %.2f ms of "
      "processor time each\n",
      tasks, tasks / created, tasks / SecondsSince(start), (grid.CpuSeconds() - cpu) / tasks * 1e3);
  return true;
}

bool MeasureSteady(const ServedGrid& grid, Seen& seen) {
  TlsClient api(grid.https_port(), grid.identity());
  const double cpu = grid.CpuSeconds();
  const Clock::time_point start = Clock::now();
  const Asked asked = CreateSteadily(api, "steady-", kSteady, kSteadyRate);
  if (!PrintLives(seen, asked, "50 a second")) return false;
  std::printf("%-40s%8.1f %% of a core\n", "",
              (grid.CpuSeconds() - cpu) / SecondsSince(start) * 100);
  return true;
}

int Run(const std::string& binary, const std::string& folder, int agents, int tasks) {
  ServedGrid grid(binary, folder + "/grid", {"--no-agent"});
  if (!grid.ok()) return 1;
  Fleet fleet(grid, agents);
  if (const Status enrolled = fleet.Enrol(); !enrolled.ok())
    return std::fprintf(stderr, "%s\n", enrolled.ToString().c_str()), 1;
  TaskWatcher watcher(grid.https_port(), grid.identity());
  if (!watcher.ok()) return 1;
  Seen& seen = watcher.seen();
  bool ok = ConnectAll(grid, fleet, agents);
  if (ok) MeasureIdle(grid, fleet);
  ok = ok && MeasureSteady(grid, seen) && MeasureFlood(grid, seen, tasks);
  if (fleet.lost_any()) ok = false;
  std::printf("memory of the server at the most        %8.0f MiB\n", grid.PeakRssMib());
  fleet.Leave();
  grid.Stop();
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  rlimit files{};  // two descriptors an agent, and the server inherits it
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  return noizy::bench::RunInFolder(
      argc, argv, "agents_bench", "AGENTS [TASKS]", [](const noizy::bench::Call& call) {
        return noizy::bench::Run(call.binary, call.folder, call.Number(0, 1000),
                                 call.Number(1, 2000));
      });
}
