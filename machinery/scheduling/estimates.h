// How long Tasks take, learned from those that finished: per work and node, else from the same work
// on other nodes by their speed, else what somebody guessed, else nothing.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace noizy::scheduling {

/// The clock of a node whose speed is 1.
inline constexpr double kReferenceGigahertz = 2.5;
/// The run time assumed of work that nothing is known of, on a node of speed 1.
inline constexpr double kUnknownRunSeconds = 60;
/// Works remembered; past it the one that was not seen for longest is forgotten.
inline constexpr std::size_t kMostWorks = 4096;

struct Estimate {
  /// Where the figure comes from, best first.
  enum class Source : std::uint8_t { kSeenHere, kSeenElsewhere, kGuessed, kUnknown };
  double seconds = kUnknownRunSeconds;
  Source source = Source::kUnknown;
};

/// How a Task ran to its end.
struct Run {
  double seconds = 0;
  /// How much it did, where Tasks of one work do not all do the same: an inference's tokens. 0: it
  /// is not known, and nothing is learned.
  double size = 1;
};

/// One thread's.
class Estimates {
 public:
  /// A Task of this work ran so on `node`, whose speed is `speed`.
  void Learn(const std::string& work, const std::string& node, double speed, const Run& run);
  /// Somebody expects Tasks of this work to run for `seconds` on a node of that speed. It counts
  /// until the first of them has finished.
  void Guess(const std::string& work, double speed, double seconds);
  /// `most`: it does no more than that, as Run::size counts; 0: no limit.
  Estimate Of(const std::string& work, const std::string& node, double speed,
              double most = 0) const;
  /// Raised when Of() may say something noticeably different for the work.
  std::uint64_t VersionOf(const std::string& work) const;

 private:
  struct Mean {
    double value = 0;
    std::int64_t count = 0;
    bool Add(double sample);
  };
  struct Work {
    Mean size;
    /// Run time for a size of 1.
    std::map<std::string, Mean> by_node;
    /// The same × the node's speed: what the work costs on a node of speed 1.
    Mean cost;
    /// What all of it costs there, as guessed, while nothing was seen.
    double guess = 0;
    std::uint64_t version = 0;
    std::uint64_t seen = 0;
  };
  Work& EntryOf(const std::string& work);
  void ForgetOldest();

  std::map<std::string, Work> works_;
  std::uint64_t clock_ = 0;
};

}  // namespace noizy::scheduling
