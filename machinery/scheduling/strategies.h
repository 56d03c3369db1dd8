// How well a node suits a Task that it can run: the strategies, of which a RoutingPolicy names one,
// and the preferences that count under each of them. Higher is better.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "machinery/scheduling/estimates.h"
#include "machinery/scheduling/filters.h"

namespace noizy::scheduling {

struct ScoreInput {
  const TaskView& task;
  const NodeView& node;
  const Usage& usage;
  Estimate estimate;
  /// Tasks like this one on the node.
  std::int64_t alike = 0;
  /// The number of the binding that the node got last.
  std::uint64_t turn = 0;
};

struct Strategy {
  std::string_view name;
  /// At most kFullScore, in practice from 0.
  double (*score)(const ScoreInput& input);
  /// Nodes looked at, drawn by the Task's name; 0: all.
  std::size_t sample;
  /// Whether a Task may wait for a node that is full now, where it is predicted to finish first.
  bool looks_ahead;
  /// "the least loaded", before "of 4 nodes that can run it".
  std::string_view superlative;
};

inline constexpr double kFullScore = 100;
/// The strategy of a grid without policies.
inline constexpr std::string_view kDefaultStrategy = "FastestFinish";

std::span<const Strategy> Strategies();
/// An Advisor's (advisor.h), with the policy's fallbacks behind it.
inline constexpr std::string_view kAiStrategy = "AI";
/// Null for a name that is none, and for AI.
const Strategy* StrategyNamed(std::string_view name);

struct Score {
  std::string_view name;
  double weight;
  /// -1 to 1.
  double (*share)(const TaskView& task, const NodeView& node);
};
/// Preferences: as strongly against the strategy as Kubernetes weighs them against load.
std::span<const Score> Scores();
/// Of preferred terms about peers, which are looked at apart.
inline constexpr double kPeerWeight = 200;
double Preferences(const TaskView& task, const NodeView& node);

/// Data + run on a node that has room now, in seconds. Others on its cores slow a Task down.
double PredictedSeconds(const ScoreInput& input);
/// What a finish in `seconds` is worth as a score.
double ScoreOfSeconds(double seconds);
/// The seconds until `bytes` have been moved over the grid's network.
double SecondsToMove(const TaskView& task, const NodeView& node);

/// Cores that a Task keeps busy, in thousandths.
std::int64_t BusyCores(const Resources& requests);

}  // namespace noizy::scheduling
