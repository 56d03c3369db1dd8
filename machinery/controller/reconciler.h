// The reconcile pattern: level-triggered, one key at a time, five steps in one order.
//
//   Read     the object from the lister; gone → OK
//   Gather   all the decision needs, `now` too, into one plain struct
//   Decide   pure: no I/O, no clock, no randomness, no logging; returns a plan
//   Act      apply the plan's writes; a conflict → retry
//   Report   conditions with reason and observedGeneration, an Event, only if something changed
//
// A reconciler runs on one Executor, never twice at the same time for one key, and never mutates
// what a lister hands out. Those that allow it (Controller::ReconcileAbreast) are called for
// several keys at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/meta/meta.h"

namespace noizy {

/// The one outcome of a successful reconcile: nothing, or "look again after this long".
struct Requeue {
  std::optional<Duration> after;

  static Requeue None() { return {}; }
  static Requeue After(Duration delay) { return {delay}; }
};

class Reconciler {
 public:
  virtual ~Reconciler() = default;
  /// Lower-case, for logs, metrics and the field manager: "task", "node-lifecycle".
  virtual std::string_view name() const = 0;
  /// An error is retried with back-off; Conflict at once with a fresh read.
  virtual Result<Requeue> Reconcile(const ObjectKey& key) = 0;
};

}  // namespace noizy
