#include "machinery/patch/apply.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "machinery/base/random.h"
#include "machinery/patch/last_applied.h"
#include "machinery/patch/typed_fields.h"
#include "tests/unit/machinery/patch/widget_schema.h"

namespace noizy {
namespace {

constexpr const char* kApiVersion = "example.com/v1";

FieldOwner Manager(std::string name, std::string subresource = "",
                   std::string time = "2026-01-01T00:00:00Z") {
  return {std::move(name), kApiVersion, std::move(subresource), std::move(time), true};
}

Result<Value> TryApply(const Value& live, const Value& configuration, const FieldOwner& who,
                       OnConflict on_conflict = OnConflict::kRefuse) {
  return ApplyConfiguration(WidgetSchema(), live, configuration, who, on_conflict);
}

Value Applied(const Value& live, std::string_view yaml, const FieldOwner& who,
              OnConflict on_conflict = OnConflict::kRefuse) {
  Result<Value> applied = TryApply(live, FromYaml(yaml), who, on_conflict);
  EXPECT_TRUE(applied.ok()) << applied.status().message();
  return applied.ValueOr(nullptr);
}

Value Made(std::string_view yaml, const FieldOwner& who) {
  return Applied(Object(), yaml, who);
}

std::string Spec(const Value& object) {
  const Value* spec = Find(object, {"spec"});
  return spec == nullptr ? "" : ToJson(*spec);
}

std::string Owned(const Value& object, std::string_view manager) {
  const Result<ManagedFields> entries = ManagedFieldsOf(object);
  EXPECT_TRUE(entries.ok());
  std::string owned;
  for (const ManagedFieldsEntry& entry : entries.ValueOr({})) {
    if (entry.manager == manager) owned += ToJson(entry.fields.ToValue());
  }
  return owned;
}

TEST(Apply, CreatesAndOwnsWhatItSays) {
  const Value made =
      Made("{metadata: {name: a}, spec: {size: 1}, status: {phase: On}}", Manager("a"));
  EXPECT_EQ(Owned(made, "a"), R"({"f:spec":{"f:size":{}}})");
  EXPECT_EQ(StringAt(made, {"metadata", "name"}), "a");
}

TEST(Apply, WhatIsNoLongerSaidGoesAway) {
  struct Case {
    const char* first;
    const char* second;
    const char* left;
  };
  const std::vector<Case> cases{
      {"{spec: {size: 1, color: red}}", "{spec: {size: 1}}", R"({"size":1})"},
      {"{spec: {size: 1}}", "{}", ""},
      {"{spec: {limits: {a: b, c: d}}}", "{spec: {limits: {c: d}}}", R"({"limits":{"c":"d"}})"},
      {"{spec: {tags: [a, b]}}", "{spec: {tags: [b]}}", R"({"tags":["b"]})"},
      {"{spec: {selector: {a: b, c: d}}}", "{spec: {selector: {c: d}}}",
       R"({"selector":{"c":"d"}})"},
      {"{spec: {ports: [{port: 1}, {port: 2, name: x}]}}", "{spec: {ports: [{port: 2}]}}",
       R"({"ports":[{"port":2}]})"},
  };
  for (const Case& test : cases) {
    const Value made = Made(test.first, Manager("a"));
    EXPECT_EQ(Spec(Applied(made, test.second, Manager("a"))), test.left) << test.second;
  }
}

// `spec.selector` was counted key by key when the first managers wrote it.
class AppliedOnceAtomic : public testing::Test {
 protected:
  AppliedOnceAtomic() {
    const auto entry = [](std::string_view manager, std::string_view fields) {
      return FromYaml("{manager: " + std::string(manager) +
                      ", operation: Apply, apiVersion: example.com/v1, time: "
                      "\"2026-01-01T00:00:00Z\", fieldsType: FieldsV1, fieldsV1: {\"f:spec\": "
                      "{\"f:selector\": {" +
                      std::string(fields) + "}}}}");
    };
    live_ = FromYaml("{metadata: {name: x}, spec: {selector: {a: one, b: two}}}");
    Set(live_, {"metadata", "managedFields"},
        Array{entry("a", R"("f:a": {})"), entry("b", R"("f:b": {})")});
  }
  Value live_;
};

TEST_F(AppliedOnceAtomic, WhoeverOwnedAPartOwnsTheWhole) {
  const Result<Value> refused =
      TryApply(live_, FromYaml("{spec: {selector: {a: three}}}"), Manager("a"));
  EXPECT_EQ(refused.status().message(),
            "Apply failed with 1 conflict: conflict with \"b\": .spec.selector");
  const Value forced =
      Applied(live_, "{spec: {selector: {a: three}}}", Manager("a"), OnConflict::kTakeOver);
  EXPECT_EQ(Spec(forced), R"({"selector":{"a":"three"}})");
  EXPECT_EQ(Owned(forced, "a"), R"({"f:spec":{"f:selector":{}}})");
  EXPECT_EQ(Owned(forced, "b"), "");
}

TEST_F(AppliedOnceAtomic, ItGoesWhenTheLastOwnerDropsIt) {
  const Value shared = Applied(live_, "{spec: {size: 1}}", Manager("a"));
  EXPECT_EQ(Spec(shared), R"({"selector":{"a":"one","b":"two"},"size":1})");
  EXPECT_EQ(Owned(shared, "b"), R"({"f:spec":{"f:selector":{}}})");
  EXPECT_EQ(Spec(Applied(shared, "{spec: {size: 2}}", Manager("b"), OnConflict::kTakeOver)),
            R"({"size":2})");
}

TEST(Apply, WhatSomebodyElseOwnsToo) {
  const Value made = Made("{spec: {size: 1, tags: [a, b]}}", Manager("a"));
  const Value shared = Applied(made, "{spec: {size: 1, tags: [b]}}", Manager("b"));
  EXPECT_EQ(Owned(shared, "b"), R"({"f:spec":{"f:size":{},"f:tags":{"v:\"b\"":{}}}})");
  const Value left = Applied(shared, "{}", Manager("a"));
  EXPECT_EQ(Spec(left), R"({"size":1,"tags":["b"]})");
  EXPECT_EQ(Owned(left, "a"), "");
}

// Nobody owns what the server filled in: it stays as long as what it is in.
TEST(Apply, LeavesWhatNobodyOwns) {
  Value made = Made("{spec: {size: 1}}", Manager("a"));
  Set(made, {"spec", "color"}, Value("red"));
  EXPECT_EQ(Spec(Applied(made, "{spec: {extra: {a: b}}}", Manager("a"))),
            R"({"color":"red","extra":{"a":"b"}})");
}

TEST(Apply, RefusesToChangeWhatOthersOwn) {
  const Value made = Made("{spec: {size: 1}}", Manager("a"));
  const Result<Value> refused = TryApply(made, FromYaml("{spec: {size: 2}}"), Manager("b"));
  const Status status = refused.status();
  EXPECT_EQ(status.reason(), StatusReason::kConflict);
  EXPECT_EQ(status.message(), "Apply failed with 1 conflict: conflict with \"a\": .spec.size");
  const std::vector<StatusCause> causes{
      {"FieldManagerConflict", "conflict with \"a\"", ".spec.size"}};
  EXPECT_EQ(status.details().causes, causes);
}

TEST(Apply, ListsConflictsByManager) {
  Value made = Made("{spec: {size: 1, ports: [{port: 1, name: x}]}}", Manager("a"));
  Value before = made;
  Set(made, {"spec", "color"}, Value("red"));
  TrackUpdate(WidgetSchema(), &before, made, Manager("b"));
  const Result<Value> refused = TryApply(
      made, FromYaml("{spec: {size: 2, color: blue, ports: [{port: 1, name: y}]}}"), Manager("c"));
  EXPECT_EQ(refused.status().message(),
            "Apply failed with 3 conflicts: conflicts with \"a\":\n"
            "- .spec.ports[port=1,protocol=\"TCP\"].name\n- .spec.size\n"
            "conflicts with \"b\" using example.com/v1:\n- .spec.color");
}

TEST(Apply, ByForceTakesOver) {
  const Value made = Made("{spec: {size: 1, color: red}}", Manager("a"));
  const Value taken = Applied(made, "{spec: {size: 2}}", Manager("b"), OnConflict::kTakeOver);
  EXPECT_EQ(Spec(taken), R"({"size":2,"color":"red"})");
  EXPECT_EQ(Owned(taken, "a"), R"({"f:spec":{"f:color":{}}})");
  EXPECT_EQ(Owned(taken, "b"), R"({"f:spec":{"f:size":{}}})");
}

// An update is no claim to last: the applier's next apply meets it as a conflict.
TEST(Apply, MeetsUpdatesOfItsOwnFields) {
  const Value made = Made("{spec: {size: 1}}", Manager("a"));
  Value updated = made;
  Set(updated, {"spec", "size"}, 3);
  TrackUpdate(WidgetSchema(), &made, updated, Manager("a"));
  EXPECT_EQ(TryApply(updated, FromYaml("{spec: {size: 1}}"), Manager("a")).status().message(),
            "Apply failed with 1 conflict: conflict with \"a\" using example.com/v1: .spec.size");
}

TEST(Apply, AtomicsHaveOneOwner) {
  const Value made = Made("{spec: {selector: {a: b}, args: [x]}}", Manager("a"));
  EXPECT_EQ(TryApply(made, FromYaml("{spec: {selector: {c: d}}}"), Manager("b")).status().reason(),
            StatusReason::kConflict);
  EXPECT_EQ(TryApply(made, FromYaml("{spec: {args: [x, y]}}"), Manager("b")).status().reason(),
            StatusReason::kConflict);
}

TEST(Apply, WhatWasThereBeforeHasAnOwnerOfItsOwn) {
  const Value live = FromYaml("{metadata: {name: a}, spec: {size: 1, color: red}}");
  EXPECT_EQ(TryApply(live, FromYaml("{spec: {size: 2}}"), Manager("a")).status().message(),
            "Apply failed with 1 conflict: conflict with \"before-first-apply\" using "
            "example.com/v1: .spec.size");
  const Value agreed = Applied(live, "{spec: {size: 1}}", Manager("a"));
  EXPECT_EQ(Owned(agreed, kBeforeFirstApply), R"({"f:spec":{".":{},"f:color":{},"f:size":{}}})");
  EXPECT_EQ(Owned(agreed, "a"), R"({"f:spec":{"f:size":{}}})");
}

TEST(Apply, StatusIsAppliedThroughItsSubresource) {
  const Value made = Made("{spec: {size: 1}}", Manager("a"));
  const Value reported =
      Applied(made, "{status: {phase: On}, spec: {size: 1}}", Manager("agent", "status"));
  EXPECT_EQ(Owned(reported, "agent"), R"({"f:status":{"f:phase":{}}})");
  EXPECT_NE(TryApply(reported, FromYaml("{status: {phase: Off}}"), Manager("b", "status"))
                .status()
                .message()
                .find("conflict with \"agent\" with subresource \"status\": .status.phase"),
            std::string::npos);
}

// What kubectl's client-side apply set is kubectl's: it goes on server-side without a conflict.
class KubectlApply : public ::testing::Test {
 protected:
  KubectlApply() {
    Value first = FromYaml("{apiVersion: example.com/v1, spec: {size: 1, color: red}}");
    Set(first, {"metadata", "annotations", kLastAppliedAnnotation}, Value(LastAppliedText(first)));
    TrackUpdate(WidgetSchema(), nullptr, first, Manager("kubectl-client-side-apply"));
    live_ = std::move(first);
  }

  Value live_;
};

TEST_F(KubectlApply, TakesOverWhatItApplied) {
  const char* const next = "{apiVersion: example.com/v1, spec: {size: 2}}";
  const Value applied = Applied(live_, next, Manager("kubectl"));
  EXPECT_EQ(Owned(applied, "kubectl"), R"({"f:spec":{"f:size":{}}})");
  EXPECT_EQ(StringAt(applied, {"metadata", "annotations", kLastAppliedAnnotation}),
            LastAppliedText(FromYaml(next)));
  EXPECT_FALSE(TryApply(live_, FromYaml(next), Manager("another")).ok());
}

TEST_F(KubectlApply, MeetsWhatOthersChangedSince) {
  Value changed = live_;
  Set(changed, {"spec", "size"}, 7);
  TrackUpdate(WidgetSchema(), &live_, changed, Manager("scaler"));
  EXPECT_EQ(
      TryApply(changed, FromYaml("{apiVersion: example.com/v1, spec: {size: 2, color: blue}}"),
               Manager("kubectl"))
          .status()
          .message(),
      "Apply failed with 1 conflict: conflict with \"scaler\" using example.com/v1: "
      ".spec.size");
}

// Random configurations of one schema. `salt` keeps the fields of different managers apart.
Value RandomConfiguration(SeededRandom& random, const std::string& salt) {
  Value object = Object();
  const auto some = [&] { return random.Below(2) == 0; };
  const auto name = [&] { return salt + std::to_string(random.Below(4)); };
  if (some()) Set(object, {"metadata", "labels", name()}, Value("x"));
  if (some()) Set(object, {"spec", "limits", name()}, Value("1"));
  if (some())
    Set(object, {"spec", "pools", name(), "min"}, static_cast<std::int64_t>(random.Below(3)));
  if (some()) Set(object, {"spec", "extra", name(), "deep"}, Value("x"));
  if (some()) Set(object, {"spec", "tags"}, Array{Value(name())});
  if (some()) {
    const std::int64_t port = static_cast<std::int64_t>(random.Below(4)) + (salt == "a" ? 0 : 100);
    Set(object, {"spec", "ports"}, Array{Object{{"port", port}, {"name", name()}}});
  }
  return object;
}

TEST(ApplyProperties, ASecondTimeIsANoOp) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SeededRandom random(seed);
    const Value first = *TryApply(Object(), RandomConfiguration(random, "a"), Manager("a"));
    const Value configuration = RandomConfiguration(random, "a");
    const Value once = *TryApply(first, configuration, Manager("a"));
    const Value twice = *TryApply(once, configuration, Manager("a", "", "2027-01-01T00:00:00Z"));
    ASSERT_EQ(ToJson(once), ToJson(twice)) << "seed " << seed;
  }
}

TEST(ApplyProperties, ManagersOfDifferentFieldsNeverConflict) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SeededRandom random(seed);
    Value live = Object();
    Value last_a = Object();
    Value last_b = Object();
    for (int i = 0; i < 6; ++i) {
      const bool first = random.Below(2) == 0;
      Value configuration = RandomConfiguration(random, first ? "a" : "b");
      Result<Value> applied = TryApply(live, configuration, Manager(first ? "a" : "b"));
      ASSERT_TRUE(applied.ok()) << "seed " << seed << ": " << applied.status().message();
      live = *std::move(applied);
      (first ? last_a : last_b) = std::move(configuration);
    }
    // What is there is what the two want now, and nothing else.
    FieldSet wanted = FieldsOf(WidgetSchema(), last_a);
    wanted.Join(FieldsOf(WidgetSchema(), last_b));
    Remove(live, {"metadata", "managedFields"});
    ASSERT_EQ(FieldsOf(WidgetSchema(), live).Paths(), wanted.Paths()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace noizy
