// How a main program is told to end: SIGTERM (service control) or SIGINT (Ctrl-C).
#pragma once

#include <signal.h>

#include <optional>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/os/fd.h"

namespace noizy {

/// Blocks SIGTERM and SIGINT in the constructing thread, and so in the threads it starts later:
/// construct it first in main, before any other thread. SIGPIPE is ignored from then on. One per
/// process; for one thread.
class TerminationSignals {
 public:
  /// `more` are waited for like those two.
  explicit TerminationSignals(std::vector<int> more = {});

  /// Waits for one of the signals and returns it.
  int Wait();
  /// As Wait, for at most `bound`; empty when none came.
  std::optional<int> WaitFor(Duration bound);
  /// Readable while a signal waits to be taken.
  int fd() const { return fd_.get(); }

 private:
  std::vector<int> signals_;
  UniqueFd fd_;
};

/// While it lives, threads that this one starts take no signals: for a thread that a library starts
/// by itself, perhaps before TerminationSignals. Whoever is told of signals is another thread.
class ThreadsWithoutSignals {
 public:
  ThreadsWithoutSignals();
  ~ThreadsWithoutSignals();
  ThreadsWithoutSignals(const ThreadsWithoutSignals&) = delete;
  ThreadsWithoutSignals& operator=(const ThreadsWithoutSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace noizy
