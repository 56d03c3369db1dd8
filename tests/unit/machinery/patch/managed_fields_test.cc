#include "machinery/patch/managed_fields.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/patch/widget_schema.h"

namespace noizy {
namespace {

using Operation = ManagedFieldsEntry::Operation;

FieldOwner Manager(std::string name, std::string time = "2026-01-01T00:00:00Z",
                   std::string subresource = "") {
  return {std::move(name), "example.com/v1", std::move(subresource), std::move(time), true};
}

// The entry of a manager as FieldsV1; "" when it has none.
std::string FieldsOfManager(const Value& object, std::string_view manager,
                            std::string_view subresource = "") {
  const Result<ManagedFields> entries = ManagedFieldsOf(object);
  EXPECT_TRUE(entries.ok());
  for (const ManagedFieldsEntry& entry : entries.ValueOr({})) {
    if (entry.manager == manager && entry.subresource == subresource)
      return ToJson(entry.fields.ToValue());
  }
  return "";
}

// `yaml` as written by `who` over `before`, whose managedFields it carries on.
Value Updated(const Value* before, std::string_view yaml, const FieldOwner& who) {
  Value after = FromYaml(yaml);
  TrackUpdate(WidgetSchema(), before, after, who);
  return after;
}

TEST(ManagedFields, AreWrittenAsTheyWereRead) {
  const Value object = FromYaml(R"(
metadata:
  managedFields:
  - {manager: a, operation: Apply, apiVersion: v1, time: "2026-01-01T00:00:00Z", fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:size": {}}}}
  - {manager: b, operation: Update, apiVersion: v1, time: "2026-01-01T00:00:00Z", fieldsType: FieldsV1, fieldsV1: {"f:status": {"f:phase": {}}}, subresource: status}
)");
  Result<ManagedFields> entries = ManagedFieldsOf(object);
  ASSERT_TRUE(entries.ok());
  Value copy = Object();
  SetManagedFields(copy, *entries);
  EXPECT_EQ(ToJson(copy), ToJson(object));
  EXPECT_EQ(entries->at(0).Describe(), "\"a\"");
  EXPECT_EQ(entries->at(1).Describe(), "\"b\" with subresource \"status\" using v1");
}

TEST(ManagedFields, AreRefusedWhenMalformed) {
  for (const char* const entry :
       {"{}", "{operation: Guess, fieldsType: FieldsV1}",
        "{operation: Apply, fieldsType: FieldsV2}",
        "{operation: Apply, fieldsType: FieldsV1, fieldsV1: {spec: {}}}"}) {
    Value object = Object();
    Set(object, {"metadata", "managedFields"}, Array{FromYaml(entry)});
    EXPECT_FALSE(ManagedFieldsOf(object).ok()) << entry;
  }
}

TEST(TrackUpdate, ACreatorOwnsAllButStatusAndWhatTheServerWrites) {
  const Value made = Updated(
      nullptr,
      "{apiVersion: v1, metadata: {name: a, labels: {x: y}}, spec: {size: 1}, status: {phase: On}}",
      Manager("maker"));
  EXPECT_EQ(FieldsOfManager(made, "maker"),
            R"({"f:metadata":{"f:labels":{".":{},"f:x":{}}},"f:spec":{".":{},"f:size":{}}})");
}

TEST(TrackUpdate, FieldsPassToWhoChangesThem) {
  const Value made = Updated(nullptr, "{spec: {size: 1, color: red}}", Manager("maker"));
  const Value changed = Updated(&made, "{spec: {size: 2}}", Manager("other"));
  EXPECT_EQ(FieldsOfManager(changed, "maker"), R"({"f:spec":{}})");
  EXPECT_EQ(FieldsOfManager(changed, "other"), R"({"f:spec":{"f:size":{}}})");
}

TEST(TrackUpdate, StatusIsOwnedThroughItsSubresource) {
  const Value made = Updated(nullptr, "{spec: {size: 1}}", Manager("maker"));
  const Value reported = Updated(&made, "{spec: {size: 1}, status: {phase: On}}",
                                 Manager("agent", "2026-01-01T00:00:00Z", "status"));
  EXPECT_EQ(FieldsOfManager(reported, "agent", "status"), R"({"f:status":{".":{},"f:phase":{}}})");
  EXPECT_EQ(FieldsOfManager(reported, "maker"), FieldsOfManager(made, "maker"));
}

TEST(TrackUpdate, WhatChangesNothingOwnsNothingNew) {
  const Value made = Updated(nullptr, "{spec: {size: 1}}", Manager("maker"));
  const Value same = Updated(&made, "{spec: {size: 1}}", Manager("other", "2026-02-02T00:00:00Z"));
  EXPECT_TRUE(Equal(made, same)) << ToJson(same);
}

TEST(TrackUpdate, ClientsMayEditTheEntriesButNotLoseThem) {
  const Value made = Updated(nullptr, "{spec: {size: 1}}", Manager("maker"));
  for (const char* const list : {"null", "[]", R"([{"operation":"Guess"}])", "[{}, {}]"}) {
    Value after = FromYaml("{spec: {size: 1}}");
    Set(after, {"metadata", "managedFields"}, *ParseJson(list));
    TrackUpdate(WidgetSchema(), &made, after, Manager("other"));
    EXPECT_EQ(FieldsOfManager(after, "maker"), FieldsOfManager(made, "maker")) << list;
  }
  Value renamed = made;
  Set(renamed, {"metadata", "managedFields"},
      FromYaml(
          "[{manager: heir, operation: Apply, fieldsType: FieldsV1, fieldsV1: {'f:spec': {}}}]"));
  TrackUpdate(WidgetSchema(), &made, renamed, Manager("other"));
  EXPECT_EQ(FieldsOfManager(renamed, "heir"), R"({"f:spec":{}})");
  EXPECT_EQ(FieldsOfManager(renamed, "maker"), "");
}

TEST(TrackUpdate, OneEmptyEntryDropsThemAndNothingBringsThemBack) {
  const Value made = Updated(nullptr, "{spec: {size: 1}}", Manager("maker"));
  const Value reset =
      Updated(&made, "{metadata: {managedFields: [{}]}, spec: {size: 2}}", Manager("other"));
  EXPECT_EQ(Find(reset, {"metadata", "managedFields"}), nullptr);
  const Value later = Updated(&reset, "{spec: {size: 3}}", Manager("other"));
  EXPECT_EQ(Find(later, {"metadata", "managedFields"}), nullptr);
}

TEST(TrackUpdate, AStatusWriteDoesNotEditTheEntries) {
  const Value made = Updated(nullptr, "{spec: {size: 1}}", Manager("maker"));
  const Value after = Updated(&made, "{metadata: {managedFields: [{}]}, spec: {size: 1}}",
                              Manager("agent", "2026-01-01T00:00:00Z", "status"));
  EXPECT_EQ(FieldsOfManager(after, "maker"), FieldsOfManager(made, "maker"));
}

TEST(TrackUpdate, ManyUpdatersBecomeAncient) {
  Value object =
      Updated(nullptr, "{spec: {limits: {m0: x}}}", Manager("m0", "2026-01-01T00:00:00Z"));
  for (int i = 1; i < 14; ++i) {
    const std::string number = std::to_string(i);
    Value after = object;
    Set(after, {"spec", "limits", "m" + number}, Value("x"));
    const std::string day = (i < 9 ? "0" : "") + std::to_string(i + 1);
    TrackUpdate(WidgetSchema(), &object, after,
                Manager("m" + number, "2026-01-" + day + "T00:00:00Z"));
    object = std::move(after);
  }
  const Result<ManagedFields> entries = ManagedFieldsOf(object);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(entries->size(), kMaxUpdateEntries);
  EXPECT_EQ(entries->front().manager, kAncientChanges);
  EXPECT_EQ(entries->front().time, "2026-01-05T00:00:00Z");
  EXPECT_EQ(
      ToJson(entries->front().fields.ToValue()),
      R"({"f:spec":{".":{},"f:limits":{".":{},"f:m0":{},"f:m1":{},"f:m2":{},"f:m3":{},"f:m4":{}}}})");
  EXPECT_EQ(entries->at(1).manager, "m5");
}

TEST(ManagedFields, AreTakenWholeFromWhoeverCountedThemApart) {
  Value before = Updated(nullptr, "{spec: {size: 1, selector: {a: one}}}", Manager("a"));
  Set(before, {"metadata", "managedFields"},
      Array{FromYaml(R"({manager: a, operation: Update, apiVersion: example.com/v1, )"
                     R"(time: "2026-01-01T00:00:00Z", fieldsType: FieldsV1, fieldsV1: {"f:spec": )"
                     R"({"f:size": {}, "f:selector": {".": {}, "f:a": {}}}}})")});
  const Value after = Updated(&before, "{spec: {size: 1, selector: {a: two}}}", Manager("b"));
  EXPECT_EQ(FieldsOfManager(after, "a"), R"({"f:spec":{"f:size":{}}})");
  EXPECT_EQ(FieldsOfManager(after, "b"), R"({"f:spec":{"f:selector":{}}})");
}

}  // namespace
}  // namespace noizy
