#include "tests/fakes/reconciler_checks.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "machinery/value/json.h"

namespace noizy {
namespace {

constexpr int kShuffledRuns = 12;
// Reconciles of one key by hand that must bring it to rest.
constexpr int kRoundsToRest = 5;
constexpr Duration kStoreOutage = std::chrono::seconds(5);
// 5 ms doubled passes five seconds at the eleventh try; jitter and a second cause may add a few.
constexpr std::size_t kAttemptsInOutage = 25;

struct Run {
  explicit Run(const ReconcilerScenario& scenario, FeedOrder order = FeedOrder::kAsWritten,
               std::uint64_t seed = 1)
      : harness(order, seed),
        controller(scenario.add(harness)),
        key(scenario.key.value_or(KeyOf(scenario.world.at(0)))) {}

  void PutAll(const std::vector<Value>& world) {
    for (const Value& object : world) harness.api.Put(object);
  }
  Result<Requeue> Reconcile() { return controller.reconciler().Reconcile(key); }

  ReconcilerHarness harness;
  Controller& controller;
  ObjectKey key;
};

bool IsTimeMember(std::string_view name) {
  return name.ends_with("Time") || name.ends_with("Timestamp");
}

// Takes away what may differ between two runs to the same outcome: versions, times, and the order
// of members, which follows that of the writes.
void Normalise(Value& value) {
  if (value.is_array()) {
    for (Value& item : value.get_array()) Normalise(item);
  }
  if (!value.is_object()) return;
  std::map<std::string, Value> sorted;
  for (auto& member : value.get_object()) sorted[std::string(member.key())] = member.value();
  value = Object();
  for (auto& [name, member] : sorted) value.get_object().emplace(name, std::move(member));
  for (auto& member : value.get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    if (name == "resourceVersion" || name == "generation" || IsTimeMember(name)) {
      member.value() = "*";
    } else {
      Normalise(member.value());
    }
  }
}

// The state of the world, without Events, as text.
std::string Outcome(const FakeApi& api) {
  std::string text;
  for (Value object : api.Everything()) {
    if (StringAt(object, {"kind"}) == "Event") continue;
    Normalise(object);
    AppendJson(text, object);
    text += '\n';
  }
  return text;
}

std::string Different(std::string_view what, const std::string& expected,
                      const std::string& actual) {
  if (expected == actual) return {};
  return std::string(what) + "\nexpected:\n" + expected + "actual:\n" + actual;
}

// The outcome of an undisturbed run; `writes` counts what it took.
std::string Undisturbed(const ReconcilerScenario& scenario, std::size_t* writes = nullptr) {
  Run run(scenario);
  run.PutAll(scenario.world);
  run.harness.Settle(scenario.settle_time);
  if (writes != nullptr) *writes = run.harness.api.Writes().size();
  return Outcome(run.harness.api);
}

std::string ListWrites(const FakeApi& api) {
  std::string text;
  for (const FakeApi::Request& request : api.Writes()) {
    text += "  " + request.method + " " + request.path + " " + request.body + "\n";
  }
  return text;
}

std::string FaultOf(const Value& condition) {
  const std::string_view reason = StringAt(condition, {"reason"});
  const std::string_view status = StringAt(condition, {"status"});
  if (StringAt(condition, {"type"}).empty()) return "has no type";
  if (status != "True" && status != "False" && status != "Unknown") return "has a bad status";
  if (reason.empty()) return "has no reason";
  const auto alphanumeric = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  if (std::isupper(static_cast<unsigned char>(reason[0])) == 0 ||
      !std::ranges::all_of(reason, alphanumeric)) {
    return "has a reason that is not CamelCase";
  }
  if (StringAt(condition, {"lastTransitionTime"}).empty()) return "has no lastTransitionTime";
  return {};
}

// Whether a reconcile none of whose writes get through says so.
std::string ConflictTold(const ReconcilerScenario& scenario) {
  Run run(scenario);
  run.PutAll(scenario.world);
  run.controller.Stop();  // this key alone, by hand
  run.harness.Settle(scenario.settle_time);
  run.harness.api.ForgetRequests();
  run.harness.api.FailWrites(1000, Conflict("", "", "a test says so"));
  const Result<Requeue> outcome = run.Reconcile();
  const bool wrote = std::ranges::any_of(run.harness.api.Requests(),
                                         [](const auto& request) { return request.code == 409; });
  return wrote && outcome.ok() ? "Reconcile kept a conflict to itself" : "";
}

}  // namespace

std::string CheckObjectGone(const ReconcilerScenario& scenario) {
  Run run(scenario);
  run.harness.Settle(scenario.settle_time);
  const Result<Requeue> outcome = run.controller.reconciler().Reconcile({"nowhere", "nobody"});
  if (!outcome.ok()) return "Reconcile of a missing object failed: " + outcome.status().ToString();
  const std::string writes = ListWrites(run.harness.api);
  return writes.empty() ? "" : "Reconcile of a missing object wrote\n" + writes;
}

std::string CheckBeingDeleted(const ReconcilerScenario& scenario) {
  Run run(scenario);
  std::vector<Value> world = scenario.world;
  Array finalizers;
  for (const std::string& name : FinalizersOf(world[0])) finalizers.emplace_back(name);
  finalizers.emplace_back(scenario.foreign_finalizer);
  Set(world[0], {"metadata", "finalizers"}, std::move(finalizers));
  Set(world[0], {"metadata", "deletionTimestamp"}, "2025-12-31T23:59:50Z");
  run.PutAll(world);
  run.controller.Stop();  // this key alone, by hand
  run.harness.Settle(scenario.settle_time);
  Result<Requeue> outcome = Requeue::None();
  for (int round = 0; round < kRoundsToRest; ++round) {
    outcome = run.Reconcile();
    run.harness.Settle(scenario.settle_time);
  }
  if (!outcome.ok()) {
    return "Reconcile of an object being deleted failed: " + outcome.status().ToString();
  }
  const auto writes = run.harness.api.Writes();
  const bool created =
      std::ranges::any_of(writes, [](const auto& write) { return write.method == "POST"; });
  return created
             ? "something was created for an object being deleted\n" + ListWrites(run.harness.api)
             : "";
}

std::string CheckSecondRunIsNoOp(const ReconcilerScenario& scenario) {
  Run run(scenario);
  run.PutAll(scenario.world);
  run.harness.Settle(scenario.settle_time);
  run.harness.api.ForgetRequests();
  const Result<Requeue> outcome = run.Reconcile();
  if (!outcome.ok()) return "the second Reconcile failed: " + outcome.status().ToString();
  const std::string writes = ListWrites(run.harness.api);
  return writes.empty() ? "" : "the second Reconcile wrote\n" + writes;
}

std::string CheckConflict(const ReconcilerScenario& scenario) {
  std::size_t writes = 0;
  const std::string expected = Undisturbed(scenario, &writes);
  if (writes == 0) return "the scenario gives the reconciler nothing to write";
  Run run(scenario);
  run.PutAll(scenario.world);
  run.harness.api.FailWrites(3, Conflict("", "", "a test says so"));
  run.harness.Settle(scenario.settle_time);
  const std::string fault =
      Different("after conflicts the outcome differs", expected, Outcome(run.harness.api));
  return fault.empty() ? ConflictTold(scenario) : fault;
}

std::string CheckStoreError(const ReconcilerScenario& scenario) {
  std::size_t writes = 0;
  const std::string expected = Undisturbed(scenario, &writes);
  if (writes == 0) return "the scenario gives the reconciler nothing to write";
  Run run(scenario);
  run.PutAll(scenario.world);
  std::size_t attempts = 0;
  run.harness.api.SetFault([&attempts](const HttpRequest& request) {
    if (!IsWrite(request)) return Status::Ok();
    ++attempts;
    return Unavailable("a test says so");
  });
  run.harness.Settle(kStoreOutage);
  if (attempts < 2)
    return "a failed write was not tried again: errors must be returned from Reconcile";
  if (attempts > kAttemptsInOutage * writes * scenario.world.size()) {
    return std::to_string(attempts) + " writes in five seconds of failing: no back-off";
  }
  run.harness.api.SetFault(nullptr);
  // The longest wait the outage may have led to, then the usual time.
  run.harness.Settle(2 * kStoreOutage + scenario.settle_time);
  return Different("after store errors the outcome differs", expected, Outcome(run.harness.api));
}

std::string CheckCacheIsNotMutated(const ReconcilerScenario& scenario) {
  Run run(scenario);
  run.PutAll(scenario.world);
  run.controller.Stop();  // only the caches fill
  run.harness.Settle(scenario.settle_time);
  for (const int round : {1, 2}) {
    const std::string before = run.harness.CacheText();
    if (before.empty()) return "the scenario leaves the caches empty";
    // The outcome is other checks' concern; events come only with the next Settle.
    const Result<Requeue> outcome = run.Reconcile();
    const std::string fault =
        Different("Reconcile changed what a lister hands out", before, run.harness.CacheText());
    if (!fault.empty())
      return "round " + std::to_string(round) + ", " + outcome.status().ToString() + ": " + fault;
    run.harness.Settle(scenario.settle_time);
  }
  return {};
}

std::string CheckConditionsHaveReasons(const ReconcilerScenario& scenario) {
  Run run(scenario);
  run.PutAll(scenario.world);
  run.harness.Settle(scenario.settle_time);
  for (const Value& object : run.harness.api.Everything()) {
    const Array* conditions = ArrayAt(object, {"status", "conditions"});
    if (conditions == nullptr) continue;
    for (const Value& condition : *conditions) {
      const std::string fault = FaultOf(condition);
      if (!fault.empty())
        return "a condition " + fault + ": " + ToJson(condition) + " of " +
               KeyOf(object).ToString();
    }
  }
  return {};
}

std::string CheckEventsShuffled(const ReconcilerScenario& scenario) {
  const std::string expected = Undisturbed(scenario);
  for (std::uint64_t seed = 1; seed <= kShuffledRuns; ++seed) {
    Run run(scenario, FeedOrder::kShuffled, seed);
    std::vector<Value> world = scenario.world;
    for (std::size_t i = world.size(); i > 1; --i) {
      std::swap(world[i - 1], world[run.harness.feed_random.Below(i)]);
    }
    // Half of the world is there at the first list; the rest comes as events.
    const auto half = world.begin() + static_cast<std::ptrdiff_t>(
                                          scenario.world_at_once ? world.size() : world.size() / 2);
    run.PutAll({world.begin(), half});
    run.harness.Settle(std::chrono::milliseconds(20));
    run.PutAll({half, world.end()});
    run.harness.Settle(scenario.settle_time);
    const std::string fault =
        Different("seed " + std::to_string(seed) + ": with events shuffled the outcome differs",
                  expected, Outcome(run.harness.api));
    if (!fault.empty()) return fault;
  }
  return {};
}

}  // namespace noizy
