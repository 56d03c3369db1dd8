// The one seam for advice from outside (an AI): the core asks a question, goes on by what it knows,
// and takes an answer that came in time as data. Advice never widens what is feasible, and never
// decides beyond the band of its policy.
//
//   Decide ── Question ──▶ Advisor        (whoever owns the grid carries both ways)
//     ▲                       │
//     └── Grid::SetAdvice ◀───┘  until then, or its deadline: the policy's fallback, or waiting
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/scheduling/views.h"

namespace noizy::scheduling {

/// Candidates of one question: more would only be more to read.
inline constexpr std::size_t kMostAdvised = 5;
/// After a question that had no answer, the next one for the same class waits this long.
inline constexpr Duration kAdviceRetry = std::chrono::seconds(5);

struct Candidate {
  std::string node;
  double score = 0;
  /// When the Task is predicted to end there, from now; what FastestFinish goes by.
  std::optional<double> finish_seconds;
};

/// Where should Tasks like this one go? Asked once a class of Tasks, with at least two candidates.
struct Question {
  /// Names the class; for Grid::SetAdvice.
  std::string task_class;
  TaskView like;
  std::string policy;
  /// Within the policy's band, best first.
  std::vector<Candidate> candidates;
  /// An answer after this long is none.
  Duration deadline{};
};

struct Advice {
  std::string node;
  std::string decided_by;  // the provider
  std::string model;
  std::string reason;
  std::int64_t latency_ms = 0;
  /// How long the AI expects such a Task to run on that node.
  std::optional<double> run_seconds = {};
};

/// What became of a question, and the record of it for the Task's status.
struct Reply {
  Reply(Advice given) : advice(std::move(given)) {}  // NOLINT: implicit by design
  Reply(Status fault) : advice(std::move(fault)) {}  // NOLINT: implicit by design
  Reply(Result<Advice> said, std::shared_ptr<const RoutingRecord> kept)
      : advice(std::move(said)), record(std::move(kept)) {}

  Result<Advice> advice;
  std::shared_ptr<const RoutingRecord> record;
};

/// A Task was bound under a policy.
struct Decided {
  std::string policy;
  bool fallback = false;
  bool cached = false;
  /// Of a fallback: what came of the question, as in its record; "" when it had no answer yet.
  std::string outcome = {};
};

/// Asks an AI. For the thread of whoever asks; fakes and models stand behind it.
class Advisor {
 public:
  using Done = std::function<void(Reply)>;
  virtual ~Advisor() = default;
  /// Returns at once. `done` is called once at most, from any thread, at any time; what comes after
  /// the question's deadline, and an error, count as no answer.
  virtual void Ask(const Question& question, Done done) = 0;
  /// Told of every binding under a policy, for its figures.
  virtual void NoteDecided(const Decided&) {}
};

}  // namespace noizy::scheduling
