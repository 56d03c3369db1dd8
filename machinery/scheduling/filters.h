// The filters: which nodes can run a Task at all. One table names them; the first one that refuses
// a node gives its reason, so that every node has exactly one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/scheduling/peers.h"
#include "machinery/scheduling/views.h"

namespace noizy::scheduling {

/// What a node has given away: to Tasks that run or start there, and to promises.
struct Usage {
  Resources requested;
  std::int64_t tasks = 0;
  /// Cores kept busy, in thousandths: what was requested, a core for a Task that requests none.
  std::int64_t busy = 0;
  /// Tasks that ask the node's model server.
  std::int64_t inferences = 0;
};

struct FilterInput {
  const TaskView& task;
  const NodeView& node;
  const Usage& usage;
  const PeerSight& peers;
};

/// What can overturn a filter's verdict, so that nothing else wakes a Task that it refused.
enum class HelpedBy : std::uint8_t {
  kNodeFacts = 1,  // the node's object changed
  kRoom = 2,       // a Task left the node, or the node grew
  kPeers = 4,      // a Task that a peer term means came or went
};

/// How far a verdict carries.
enum class FilterScope : std::uint8_t {
  kNodeClass,  // the same for all nodes with equal facts
  kNode,       // of one node and what runs there
  kPeers,      // of all that runs in a node's place
};

struct Filter {
  std::string_view name;
  FilterScope scope;
  HelpedBy helped_by;
  /// Words that follow "N node(s)"; "" when the node can run the Task.
  std::string (*why_not)(const FilterInput& input);
};

/// In the order in which they are asked: what an operator set before what the Task asks for before
/// what is used up. Grouped by scope.
std::span<const Filter> Filters();

bool Tolerates(const std::vector<Toleration>& tolerations, const Taint& taint);
bool Matches(const NodeTerm& term, const NodeView& node);

/// True when a filter of scope kNodeClass looks at the node's own name for this Task.
bool LooksAtNames(const TaskView& task);
/// Nodes with equal texts are alike to every filter of scope kNodeClass, for Tasks that do not look
/// at names.
std::string NodeClassOf(const NodeView& node);

/// Before a model's name, among a node's capabilities.
inline constexpr std::string_view kModelPrefix = "model/";

/// The label whose value is the node's own name.
inline constexpr std::string_view kHostnameLabel = "kubernetes.io/hostname";

/// "0/3 nodes are available: 2 node(s) did not offer capability \"gpu\", 1 were unschedulable." The
/// counts add up to the number of nodes. `reasons` holds each node's; the commonest comes first.
std::string Summarise(const std::vector<std::string>& reasons);

}  // namespace noizy::scheduling
