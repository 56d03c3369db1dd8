#include "machinery/meta/object_meta.h"

#include <gtest/gtest.h>

#include "machinery/meta/condition.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

TEST(ObjectMeta, RoundTripsEveryField) {
  const Value value =
      *ParseJson(R"({"name": "a", "namespace": "default", "uid": "u", "resourceVersion": "7",
      "generation": 2, "creationTimestamp": "2026-01-01T00:00:00Z", "deletionTimestamp": "2026-01-02T00:00:00Z",
      "deletionGracePeriodSeconds": 0, "labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["noizy.dev/x"],
      "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "w", "controller": true,
      "blockOwnerDeletion": true}]})");
  const ObjectMeta meta = ObjectMeta::FromValue(value);
  EXPECT_EQ(meta.Key(), (ObjectKey{"default", "a"}));
  EXPECT_TRUE(meta.BeingDeleted());
  EXPECT_TRUE(meta.owner_references.at(0).controller);
  EXPECT_EQ(ToJson(meta.ToValue()), ToJson(value));
  EXPECT_EQ(ObjectMeta::FromValue(meta.ToValue()), meta);
}

TEST(ObjectMeta, OmitsWhatIsEmpty) {
  EXPECT_EQ(ToJson(ObjectMeta().ToValue()), "{}");
  EXPECT_FALSE(ObjectMeta().BeingDeleted());
}

TEST(ObjectMeta, LeavesMembersOfAWrongTypeEmpty) {
  const ObjectMeta meta = ObjectMeta::FromValue(
      *ParseJson(R"({"name": 5, "labels": ["x"], "finalizers": "y", "generation": "3"})"));
  EXPECT_EQ(meta, ObjectMeta());
}

TEST(Conditions, MoveTheirTimeOnlyWithTheStatus) {
  std::vector<Condition> conditions;
  EXPECT_TRUE(SetCondition(conditions, Condition{"Ready", "False", "Starting", "", "", 1}, "t0"));
  EXPECT_FALSE(SetCondition(conditions, Condition{"Ready", "False", "Starting", "", "", 1}, "t1"));
  EXPECT_EQ(conditions.at(0).last_transition_time, "t0");
  EXPECT_TRUE(SetCondition(conditions, Condition{"Ready", "False", "Waiting", "", "", 1}, "t2"));
  EXPECT_EQ(conditions.at(0).last_transition_time, "t0");
  EXPECT_TRUE(SetCondition(conditions, Condition{"Ready", "True", "Up", "", "", 1}, "t3"));
  EXPECT_EQ(conditions.at(0).last_transition_time, "t3");
  EXPECT_TRUE(IsConditionTrue(conditions, "Ready"));
  EXPECT_FALSE(IsConditionTrue(conditions, "Other"));
  EXPECT_EQ(conditions.size(), 1U);
}

}  // namespace
}  // namespace noizy
