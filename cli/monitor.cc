// monitor: the grid as it is now, on a terminal as it goes on.
#include <atomic>
#include <span>
#include <thread>

#include "cli/commands.h"
#include "cli/monitor_view.h"
#include "cli/targets.h"
#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/client/typed.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    kAllNamespacesFlag,
    {"once", 0, FlagKind::kSwitch, "", "print what there is, once, as without a terminal"}};

// How soon a key, a change or another size of the screen is seen.
constexpr Duration kTick = std::chrono::milliseconds(100);
// Ages grow by themselves.
constexpr Duration kLongestStill = std::chrono::seconds(1);

/// What there is to see of the grid, by list and watch.
class LiveGrid {
 public:
  LiveGrid(const Client& client, const std::string& ns, const Clock& clock)
      : objects_{{{client, ResourceOf<Node>(), "", clock},
                  {client, ResourceOf<Task>(), ns, clock},
                  {client, {"", "v1", "events", true}, ns, clock}}} {}
  ~LiveGrid() {
    {
      MutexLock lock(mutex_);
      cancelled_ = true;
    }
    stopped_.NotifyAll();
    for (std::thread& thread : threads_) thread.join();
  }

  /// One list of each kind, on this thread.
  Status ListOnce() {
    for (LiveObjects& objects : objects_) {
      objects.Step(cancelled_);
      NOIZY_RETURN_IF_ERROR(objects.trouble());
    }
    return Status::Ok();
  }

  /// From now on every kind is followed by a thread of its own.
  void Follow() {
    for (LiveObjects& objects : objects_)
      threads_.emplace_back([this, &objects] {
        while (!cancelled_) Rest(objects.Step(cancelled_));
      });
  }

  void CopyTo(MonitorState& state) const {
    state.nodes = objects_[0].All();
    state.tasks = objects_[1].All();
    state.events = objects_[2].All();
    state.trouble.clear();
    for (const LiveObjects& objects : objects_) {
      const Status trouble = objects.trouble();
      if (!trouble.ok() && state.trouble.empty()) state.trouble = trouble.message();
    }
  }

  std::uint64_t version() const {
    std::uint64_t version = 0;
    for (const LiveObjects& objects : objects_) version += objects.version();
    return version;
  }

 private:
  void Rest(Duration wait) NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    // Woken too soon, it asks again too soon: no harm.
    if (!cancelled_ && wait > Duration::zero()) stopped_.WaitFor(mutex_, wait);
  }

  std::array<LiveObjects, 3> objects_;
  std::atomic<bool> cancelled_{false};
  Mutex mutex_;
  CondVar stopped_;
  std::vector<std::thread> threads_;
};

/// Draws until the viewer leaves.
class Viewing {
 public:
  Viewing(Invocation& invocation, const LiveGrid& grid, Terminal& terminal, MonitorState& state)
      : environment_(invocation.environment()),
        grid_(grid),
        terminal_(terminal),
        state_(state),
        colour_(environment_.variable("NO_COLOR").empty() ? Colour::kAnsi : Colour::kNone) {}

  int Run(const std::function<bool()>& interrupted) {
    while (true) {
      if (IsStale()) Draw();
      const std::optional<std::string> typed = terminal_.Typed(kTick);
      if (!typed || interrupted()) return kExitOk;
      if (!typed->empty() && !ObeyKeys(*typed, state_)) return kExitOk;
      typed_ = !typed->empty();
    }
  }

 private:
  bool IsStale() const {
    return typed_ || grid_.version() != version_ || terminal_.Size() != size_ ||
           environment_.clock.Monotonic() - drawn_at_ >= kLongestStill;
  }

  void Draw() {
    version_ = grid_.version();
    size_ = terminal_.Size();
    drawn_at_ = environment_.clock.Monotonic();
    grid_.CopyTo(state_);
    state_.now = environment_.clock.Now();
    terminal_.Show(PaintScreen(DrawMonitor(state_, size_), colour_));
  }

  const Environment& environment_;
  const LiveGrid& grid_;
  Terminal& terminal_;
  MonitorState& state_;
  const Colour colour_;
  bool typed_ = true;  // draws the first time
  std::uint64_t version_ = 0;
  TerminalSize size_;
  MonotonicTime drawn_at_{};
};

std::unique_ptr<Terminal> TerminalFor(const Invocation& invocation) {
  const Environment& environment = invocation.environment();
  const bool refused = invocation.flags().On("once") || !environment.take_terminal ||
                       environment.variable("TERM") == "dumb";
  return refused ? nullptr : environment.take_terminal();
}

Result<int> RunMonitor(Invocation& invocation) {
  if (!invocation.words().empty()) return WrongUsage("monitor takes no words");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const Environment& environment = invocation.environment();
  const bool all = invocation.flags().On("all-namespaces") || !session->ns_given();
  LiveGrid grid(session->client(), all ? "" : session->ns(), environment.clock);
  // What cannot be seen at all is told before the screen is taken.
  NOIZY_RETURN_IF_ERROR(grid.ListOnce());
  MonitorState state{.server = session->server()};
  const std::function<bool()> interrupted = environment.catch_interrupts(Caught::kEveryEnd);
  if (const std::unique_ptr<Terminal> terminal = TerminalFor(invocation)) {
    grid.Follow();
    return Viewing(invocation, grid, *terminal, state).Run(interrupted);
  }
  grid.CopyTo(state);
  state.now = environment.clock.Now();
  invocation.out() << PrintMonitor(state);
  return kExitOk;
}

}  // namespace

const Command kMonitor = {
    .name = "monitor",
    .usage = "[-n NAMESPACE] [--once]",
    .summary = "Watch nodes, tasks, failovers and events on the terminal",
    .details =
        "Tab and the arrows choose a pane and scroll it, q leaves. Where there is no "
        "terminal, what there is\nis printed once. Tasks and events are those of all "
        "namespaces, unless -n names one.",
    .flags = kFlags,
    .run = RunMonitor};

}  // namespace noizy::cli
