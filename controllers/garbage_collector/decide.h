// The garbage collector's decision about one object. Pure: no clock, no I/O, no randomness.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controllers/garbage_collector/object_graph.h"
#include "machinery/base/clock.h"

namespace noizy::garbage_collector {

/// What is known of an owner that a reference names.
enum class OwnerState : std::uint8_t {
  kPresent,
  kWaiting,     // being deleted in the foreground: it waits for this object, among others
  kAbsent,      // there is no object of that uid: looked for on the server, not only in the graph
  kUnknown,     // its kind is not served (now): nothing can be said
  kOutOfReach,  // the reference can mean nothing: a cluster-scoped object named a namespaced owner
};

/// All that the decision needs.
struct Observed {
  NodePtr node;
  std::vector<OwnerState> owners;  // of node's owner references, in their order
  std::vector<NodePtr> dependents;
  /// Every kind has been listed: `dependents` is all of them.
  bool complete = false;
};

/// At most one write to the object itself, after those to its dependents.
struct Plan {
  enum class Write : std::uint8_t { kNone, kDelete, kSetOwners, kRemoveFinalizer };
  Write write = Write::kNone;
  std::string propagation_policy;      // kDelete
  std::vector<OwnerReference> owners;  // kSetOwners: what is to be left
  std::string finalizer;               // kRemoveFinalizer
  std::vector<NodePtr> to_orphan;      // dependents that lose their reference to the object
  bool warn_out_of_reach = false;      // an Event: a reference that can mean nothing
  std::optional<Duration> look_again;
};

/// What keeps an object whose owners' kind is unknown from being forgotten: it is looked at again
/// this often.
inline constexpr Duration kUnknownOwnerInterval = std::chrono::minutes(5);
/// How soon a deletion that needs all dependents is looked at again while kinds are still being
/// listed.
inline constexpr Duration kIncompleteInterval = std::chrono::milliseconds(500);

Plan Decide(const Observed& seen);

}  // namespace noizy::garbage_collector
