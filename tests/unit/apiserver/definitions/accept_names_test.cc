#include "apiserver/definitions/accept_names.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

Value Definition(const std::string& rest = "") {
  return *ParseJson(R"({"metadata":{"name":"widgets.example.com"},"spec":{"names":{
      "plural":"widgets","singular":"widget","kind":"Widget","listKind":"WidgetList",
      "shortNames":["wd"],"categories":["all"]}})" +
                    rest + "}");
}

NamesInUse Resources(std::set<std::string, std::less<>> names) {
  return {std::move(names), {}};
}

std::string_view FieldOf(const Value& status, std::string_view type, std::string_view member) {
  for (const Value& condition : *ArrayAt(status, {"conditions"})) {
    if (StringAt(condition, {"type"}) == type) return StringAt(condition, {member});
  }
  return "";
}

TEST(AcceptNames, FreeNamesAreAccepted) {
  const Value status = NextStatus(Definition(), {}, "now");
  EXPECT_EQ(ToJson(*Find(status, {"acceptedNames"})),
            R"({"plural":"widgets","singular":"widget","shortNames":["wd"],"kind":"Widget",)"
            R"("listKind":"WidgetList","categories":["all"]})");
  EXPECT_TRUE(IsEstablished(status));
  EXPECT_EQ(FieldOf(status, "Established", "lastTransitionTime"), "now");
  EXPECT_EQ(FieldOf(status, "Terminating", "status"), "");
}

TEST(AcceptNames, EachConflictHasItsReasonAndTheOthersAreAccepted) {
  struct Row {
    NamesInUse others;
    std::string_view reason;
    std::string_view message;
  };
  const Row rows[] = {
      {Resources({"widgets"}), "PluralConflict", "\"widgets\" is already in use"},
      {Resources({"widget"}), "SingularConflict", "\"widget\" is already in use"},
      {Resources({"wd"}), "ShortNamesConflict", "\"wd\" is already in use"},
      {{{}, {"Widget"}}, "KindConflict", "\"Widget\" is already in use"},
      {{{}, {"WidgetList"}}, "ListKindConflict", "\"WidgetList\" is already in use"},
  };
  for (const Row& row : rows) {
    const Value status = NextStatus(Definition(), row.others, "now");
    EXPECT_EQ(FieldOf(status, "NamesAccepted", "reason"), row.reason);
    EXPECT_EQ(FieldOf(status, "NamesAccepted", "message"), row.message);
    EXPECT_EQ(FieldOf(status, "Established", "reason"), "NotAccepted");
    EXPECT_FALSE(IsEstablished(status));
    EXPECT_EQ(ObjectAt(status, {"acceptedNames"})->size(), 5U) << row.reason;
  }
}

TEST(AcceptNames, WhatIsEstablishedStaysServedUnderItsNames) {
  Value definition = Definition();
  Set(definition, {"status"}, NextStatus(definition, {}, "then"));
  Set(definition, {"spec", "names", "shortNames"}, Array{"taken"});
  const Value status = NextStatus(definition, Resources({"taken"}), "now");
  EXPECT_EQ(FieldOf(status, "NamesAccepted", "status"), "False");
  EXPECT_EQ(FieldOf(status, "NamesAccepted", "lastTransitionTime"), "now");
  EXPECT_TRUE(IsEstablished(status));
  EXPECT_EQ(FieldOf(status, "Established", "lastTransitionTime"), "then");
  EXPECT_EQ(ToJson(*Find(status, {"acceptedNames", "shortNames"})), R"(["wd"])");
}

TEST(AcceptNames, ASettledStatusStaysAsItIs) {
  Value definition = Definition();
  Set(definition, {"status"}, NextStatus(definition, {}, "then"));
  EXPECT_TRUE(Equal(NextStatus(definition, {}, "now"), *Find(definition, {"status"})));
}

TEST(AcceptNames, OthersNamesAreReadFromTheirStatusAndKind) {
  NamesInUse others;
  others.AddAccepted(NextStatus(Definition(), {}, "now"));
  EXPECT_EQ(others.resources, (std::set<std::string, std::less<>>{"wd", "widget", "widgets"}));
  EXPECT_EQ(others.kinds, (std::set<std::string, std::less<>>{"Widget", "WidgetList"}));
  NamesInUse builtin;
  builtin.AddKind(*BuiltinKinds().FindByName("namespaces"));
  EXPECT_EQ(builtin.resources,
            (std::set<std::string, std::less<>>{"namespace", "namespaces", "ns"}));
}

}  // namespace
}  // namespace noizy::apiserver
