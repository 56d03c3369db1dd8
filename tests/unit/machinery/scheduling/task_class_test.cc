#include "machinery/scheduling/task_class.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

TEST(SignatureOf, IsTheSameForTasksAlike) {
  TaskView other = TaskNamed("b");
  other.created = "2027-01-01T00:00:00Z";
  other.node = "n";
  other.labels = {{std::string(kIndexLabel), "7"}};
  EXPECT_EQ(SignatureOf(TaskNamed("a")), SignatureOf(other));
}

TEST(SignatureOf, TellsApartWhateverADecisionLooksAt) {
  std::set<std::string> seen = {SignatureOf(TaskNamed("a"))};
  const auto differs = [&](const auto& change) {
    TaskView task = TaskNamed("a");
    change(task);
    EXPECT_TRUE(seen.insert(SignatureOf(task)).second) << seen.size();
  };
  differs([](TaskView& t) { t.key.ns = "other"; });
  differs([](TaskView& t) { t.labels = {{"a", "bc"}}; });
  differs([](TaskView& t) { t.labels = {{"ab", "c"}}; });
  differs([](TaskView& t) { t.priority = 1; });
  differs([](TaskView& t) { t.type = "gpu"; });
  differs([](TaskView& t) { t.work = "x"; });
  differs([](TaskView& t) { t.model = "m"; });
  differs([](TaskView& t) { t.most_tokens = 8; });
  differs([](TaskView& t) { t.node_name = "n"; });
  differs([](TaskView& t) { t.pinned_to = "n"; });
  differs([](TaskView& t) { t.avoids = "n"; });
  differs([](TaskView& t) { t.prefers = "n"; });
  differs([](TaskView& t) { t.node_selector = {{"a", "b"}}; });
  differs([](TaskView& t) { t.required_terms = {{Selector({In("a", {"b"})}), {}}}; });
  differs([](TaskView& t) { t.required_terms = {{{}, Selector({In("a", {"b"})})}}; });
  differs([](TaskView& t) { t.preferences = {{1, {Selector({In("a", {"b"})}), {}}}}; });
  differs([](TaskView& t) { t.tolerations = {{"a", Toleration::Operator::kExists, "", {}}}; });
  differs([](TaskView& t) { t.tolerations = {{"a", Toleration::Operator::kEqual, "", {}}}; });
  differs([](TaskView& t) { t.together = {Beside("a")}; });
  differs([](TaskView& t) { t.apart = {Beside("a")}; });
  differs([](TaskView& t) { t.peer_preferences = {{1, Beside("a")}}; });
  differs([](TaskView& t) { t.requests = {{"cpu", 1}}; });
  differs([](TaskView& t) { t.data_bytes = 1; });
  differs([](TaskView& t) { t.data_node = "n"; });
  differs([](TaskView& t) { t.gang = Gang{"g", 2}; });
  differs([](TaskView& t) { t.routing.policy = "p"; });
  differs([](TaskView& t) { t.routing.strategies = {"BinPack"}; });
}

}  // namespace
}  // namespace noizy::scheduling
