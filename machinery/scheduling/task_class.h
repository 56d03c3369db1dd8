// Tasks that differ in nothing a decision looks at are one class: what is found for one of them
// holds for all.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "machinery/scheduling/peers.h"
#include "machinery/scheduling/strategies.h"

namespace noizy::scheduling {

/// The label that tells the members of an array apart; it makes no class of its own.
inline constexpr std::string_view kIndexLabel = "noizy.dev/index";

/// Equal for Tasks of one class.
std::string SignatureOf(const TaskView& task);

/// Which filter refused a node, as an index into Filters().
using Verdict = std::uint8_t;
inline constexpr Verdict kFits = 0xff;
inline constexpr Verdict kNotAsked = 0xfe;

/// What a class found on one node, good until either changes.
struct Row {
  std::uint64_t node_revision = 0;
  std::uint64_t epoch = 0;
  Verdict verdict = kNotAsked;
  double score = 0;
};

struct TaskSlot;

/// Why a class is not looked at again before something that could help has happened.
enum class Asleep : std::uint8_t {
  kNo,
  kNoNode,  // each node has a verdict
  kGang,    // too few, or not room for all
  kQuota,   // its namespace has used up what it may
  kAdvice,  // an AI was asked, and has not answered
};

/// Older first, then by name.
using Place = std::pair<std::string, ObjectKey>;

/// Owned by the Grid, which keeps it as long as it has members.
struct TaskClass {
  std::string signature;
  TaskView like;  // a member, for what all have in common
  PeerTerms peers;
  const Strategy* strategy = nullptr;
  /// The strategy is not the first that the routing names.
  bool fallback = false;
  bool looks_at_names = false;
  std::int64_t members = 0;
  std::map<Place, TaskSlot*> waiting;  // but for those that wait for a time
  std::map<NodeIndex, std::int64_t> placed_on;

  std::vector<Row> rows;               // by node
  std::vector<Verdict> by_node_class;  // of the filters that look at no more
  std::uint64_t estimate_version = 0;
  std::uint64_t epoch = 1;

  Asleep asleep = Asleep::kNo;
  /// Said of every member while it sleeps.
  std::string message;
  /// The reasons may have changed since.
  bool message_is_old = false;
  std::optional<WallTime> explained;
  std::set<ObjectKey> untold;  // members that were not told
};

}  // namespace noizy::scheduling
