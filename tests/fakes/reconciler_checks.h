// What every reconciler must hold to (house rule "one reconcile pattern"), as checks over a
// scenario. Each returns "" or what is wrong. tests/unit/machinery/controller/reconciler_contract.h
// makes GoogleTest cases of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "tests/fakes/reconciler_harness.h"

namespace noizy {

/// One reconciler in a world that gives it something to write.
struct ReconcilerScenario {
  /// "Task": the cases become TaskReconcilerContract.ObjectGone and so on.
  std::string name = {};
  /// Makes the reconciler's kinds known and adds its controller, registrations included.
  std::function<Controller&(ReconcilerHarness&)> add = {};
  /// The world before the first reconcile. The first object is the reconciled one.
  std::vector<Value> world = {};
  /// The world is there before the first event: half of it would not mean the same.
  bool world_at_once = false;
  /// The key of the reconciled object, where it is not the first object's own.
  std::optional<ObjectKey> key = {};
  /// Virtual time after which the world must have come to rest.
  Duration settle_time = std::chrono::seconds(10);
  /// A finalizer this controller never removes, set for the "being deleted" case.
  std::string foreign_finalizer = "test.noizy.dev/hold";
};

/// A key nobody has: Ok, and nothing written.
std::string CheckObjectGone(const ReconcilerScenario& scenario);
/// The object being deleted: comes to rest without an error, and creates nothing but Events.
std::string CheckBeingDeleted(const ReconcilerScenario& scenario);
/// Once at rest, another reconcile writes nothing.
std::string CheckSecondRunIsNoOp(const ReconcilerScenario& scenario);
/// Writes that conflict change nothing of the outcome.
std::string CheckConflict(const ReconcilerScenario& scenario);
/// A store that fails is told to the runtime as an error, tried again with back-off, and changes
/// nothing of the outcome.
std::string CheckStoreError(const ReconcilerScenario& scenario);
/// A reconcile does not touch what listers hand out.
std::string CheckCacheIsNotMutated(const ReconcilerScenario& scenario);
/// Every condition of every object has type, status, a CamelCase reason and a transition time.
std::string CheckConditionsHaveReasons(const ReconcilerScenario& scenario);
/// The order in which events of different kinds come changes nothing of the outcome.
std::string CheckEventsShuffled(const ReconcilerScenario& scenario);

}  // namespace noizy
