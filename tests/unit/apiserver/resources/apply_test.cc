#include <gtest/gtest.h>

#include "machinery/meta/meta.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class ApplyTest : public ApiTest {
 protected:
  Answer Apply(const std::string& target, const std::string& body,
               const std::string& manager = "tester", const std::string& more = "") {
    return Call("PATCH", Under(target, "?fieldManager=") + manager + more, body,
                {{"Content-Type", "application/apply-patch+yaml"}});
  }

  static std::string Config(const std::string& data, const std::string& metadata = "") {
    return R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c")" + metadata +
           R"(},"data":)" + data + "}";
  }

  // "MANAGER OPERATION [SUBRESOURCE]" of each entry, in order.
  static std::vector<std::string> Entries(const Value& object) {
    std::vector<std::string> out;
    const Array* entries = ArrayAt(object, {"metadata", "managedFields"});
    for (std::size_t i = 0; entries != nullptr && i < entries->size(); ++i) {
      const Value& entry = entries->at(i);
      std::string text(StringAt(entry, {"manager"}));
      text.append(" ").append(StringAt(entry, {"operation"}));
      const std::string_view subresource = StringAt(entry, {"subresource"});
      if (!subresource.empty()) text.append(" ").append(subresource);
      out.push_back(text);
    }
    return out;
  }

  static std::string Fields(const Value& object, std::size_t entry) {
    const Array* entries = ArrayAt(object, {"metadata", "managedFields"});
    if (entries == nullptr || entries->size() <= entry) return "";
    return ToJson(*Find(entries->at(entry), {"fieldsV1"}));
  }

  static constexpr const char* kConfigMap = "/api/v1/namespaces/default/configmaps/c";
};

using Names = std::vector<std::string>;

TEST_F(ApplyTest, CreatesUpdatesAndLeavesAlone) {
  const Answer made = Apply(kConfigMap, Config(R"({"a":"1"})"));
  ASSERT_EQ(made.code, 201) << ToJson(made.body);
  EXPECT_EQ(Entries(made.body), Names{"tester Apply"});
  EXPECT_EQ(Fields(made.body, 0), R"({"f:data":{"f:a":{}}})");
  const Answer changed = Apply(kConfigMap, Config(R"({"b":"2"})"));
  EXPECT_EQ(changed.code, 200);
  EXPECT_EQ(ToJson(*Find(changed.body, {"data"})), R"({"b":"2"})");
  clock_.Advance(std::chrono::hours(1));
  const Answer same = Apply(kConfigMap, Config(R"({"b":"2"})"));
  EXPECT_EQ(ToJson(same.body), ToJson(changed.body));
}

TEST_F(ApplyTest, ConflictsNameManagerAndField) {
  ASSERT_EQ(Call("POST", "/api/v1/namespaces/default/configmaps?fieldManager=maker",
                 Config(R"({"a":"1"})"))
                .code,
            201);
  const Answer refused = Apply(kConfigMap, Config(R"({"a":"2"})"));
  EXPECT_EQ(refused.code, 409);
  EXPECT_EQ(refused.reason(), "Conflict");
  EXPECT_EQ(refused.Text({"message"}),
            "Apply failed with 1 conflict: conflict with \"maker\" using v1: .data.a");
  EXPECT_EQ(
      ToJson(*Find(refused.body, {"details", "causes"})),
      R"([{"reason":"FieldManagerConflict","message":"conflict with \"maker\" using v1","field":".data.a"}])");
  const Answer forced = Apply(kConfigMap, Config(R"({"a":"2"})"), "tester", "&force=true");
  EXPECT_EQ(forced.code, 200);
  EXPECT_EQ(Entries(forced.body), (Names{"tester Apply", "maker Update"}));
  EXPECT_EQ(Fields(forced.body, 1), R"({"f:data":{}})");
}

TEST_F(ApplyTest, TheOptionsAreChecked) {
  const Answer none =
      Call("PATCH", kConfigMap, Config("{}"), {{"Content-Type", "application/apply-patch+yaml"}});
  EXPECT_EQ(none.code, 422);
  EXPECT_EQ(none.Text({"message"}),
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required "
            "for apply patch");
  EXPECT_EQ(Apply(kConfigMap, Config("{}"), std::string(129, 'm')).code, 422);
  EXPECT_EQ(Apply(kConfigMap, Config("{}"), "a%0Ab").code, 422);
  const Answer forced = Call("PATCH", Under(kConfigMap, "?force=true"), "{}",
                             {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(forced.code, 422);
}

TEST_F(ApplyTest, TheConfigurationMustFitItsPlace) {
  for (const char* const body :
       {"[]", "{}", "{", R"({"apiVersion":"v1","kind":"Secret"})",
        R"({"apiVersion":"v2","kind":"ConfigMap"})",
        R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"}})",
        R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"other"}})",
        R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"managedFields":[]}})"}) {
    EXPECT_EQ(Apply(kConfigMap, body).code, 400) << body;
  }
  EXPECT_EQ(Apply("/api/v1/namespaces/none/configmaps/c", Config("{}")).code, 404);
}

TEST_F(ApplyTest, YamlIsRead) {
  const Answer made = Apply(kConfigMap, "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: 'yes'\n");
  ASSERT_EQ(made.code, 201) << ToJson(made.body);
  EXPECT_EQ(made.Text({"data", "a"}), "yes");
  EXPECT_EQ(made.Text({"metadata", "name"}), "c");
}

TEST_F(ApplyTest, UidAndResourceVersionAreGuards) {
  const Answer absent = Apply(kConfigMap, Config("{}", R"(,"uid":"x")"));
  EXPECT_EQ(absent.code, 409);
  EXPECT_NE(absent.Text({"message"}).find("uid mismatch: the provided object specified uid x"),
            std::string_view::npos);
  const Answer made = Apply(kConfigMap, Config("{}"));
  const std::string version(made.Text({"metadata", "resourceVersion"}));
  const std::string guard = R"(,"resourceVersion":")" + version + "\"";
  EXPECT_EQ(Apply(kConfigMap, Config(R"({"a":"1"})", guard)).code, 200);
  EXPECT_EQ(Apply(kConfigMap, Config(R"({"a":"2"})", guard)).code, 409);
  EXPECT_EQ(Apply(kConfigMap, Config("{}", R"(,"uid":"x")")).code, 409);
}

TEST_F(ApplyTest, DefaultsBelongToNobody) {
  const Answer made =
      Apply(TaskPath("a"), TaskJson("a", R"("exec":{"command":["true"]},"priority":3)"));
  ASSERT_EQ(made.code, 201) << ToJson(made.body);
  EXPECT_EQ(Fields(made.body, 0), R"({"f:spec":{"f:exec":{"f:command":{}},"f:priority":{}}})");
  const Answer dropped = Apply(TaskPath("a"), TaskJson("a"));
  EXPECT_EQ(IntAt(dropped.body, {"spec", "priority"}), 0);
  EXPECT_EQ(IntAt(dropped.body, {"metadata", "generation"}), 2);
}

TEST_F(ApplyTest, UnknownFieldsFollowFieldValidation) {
  const std::string body = R"({"apiVersion":"v1","kind":"ConfigMap","dta":{},"data":{}})";
  const Answer strict = Apply(kConfigMap, body, "tester", "&fieldValidation=Strict");
  EXPECT_EQ(strict.code, 400);
  EXPECT_EQ(strict.Text({"message"}),
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: "
            "unknown "
            "field \"dta\"");
  const Answer warn = Apply(kConfigMap, body);
  EXPECT_EQ(warn.code, 201);
  EXPECT_EQ(FindHeader(warn.headers, "Warning"), R"(299 - "unknown field \"dta\"")");
}

TEST_F(ApplyTest, ListsWithAnItemTwiceAreRefused) {
  const Answer answer = Apply(TaskPath("a"), TaskJson("a", R"("env":[{"name":"A"},{"name":"A"}])"));
  EXPECT_EQ(answer.code, 400);
  EXPECT_NE(answer.Text({"message"}).find(".spec.env: duplicate entries for key [name=\"A\"]"),
            std::string_view::npos);
}

TEST_F(ApplyTest, StatusHasItsOwnOwners) {
  ASSERT_EQ(Apply(TaskPath("a"), TaskJson("a")).code, 201);
  const std::string status = Under(TaskPath("a"), "/status");
  const std::string running =
      R"({"apiVersion":"noizy.dev/v1","kind":"Task","status":{"phase":"Running"},"spec":{"priority":9}})";
  const Answer answer = Apply(status, running, "reporter");
  ASSERT_EQ(answer.code, 200) << ToJson(answer.body);
  EXPECT_EQ(answer.Text({"status", "phase"}), "Running");
  EXPECT_EQ(IntAt(answer.body, {"spec", "priority"}), 0);
  EXPECT_EQ(Entries(answer.body), (Names{"reporter Apply status", "tester Apply"}));
  EXPECT_EQ(Fields(answer.body, 0), R"({"f:status":{"f:phase":{}}})");
  EXPECT_EQ(Apply(Under(TaskPath("none"), "/status"), running).code, 404);
}

TEST_F(ApplyTest, ADryRunChangesNothing) {
  EXPECT_EQ(Apply(kConfigMap, Config("{}"), "tester", "&dryRun=All").code, 201);
  EXPECT_EQ(Call("GET", kConfigMap).code, 404);
  ASSERT_EQ(Apply(kConfigMap, Config("{}")).code, 201);
  const Answer dry = Apply(kConfigMap, Config(R"({"a":"1"})"), "tester", "&dryRun=All");
  EXPECT_EQ(dry.Text({"data", "a"}), "1");
  EXPECT_EQ(Call("GET", kConfigMap).Text({"data", "a"}), "");
}

TEST_F(ApplyTest, OtherWritesAreAccountedFor) {
  const Answer made = Call("POST", "/api/v1/namespaces/default/configmaps", Config(R"({"a":"1"})"),
                           {{"User-Agent", "curl/7.88 (x)"}});
  EXPECT_EQ(Entries(made.body), Names{"curl Update"});
  EXPECT_EQ(Fields(made.body, 0), R"({"f:data":{".":{},"f:a":{}}})");
  const Answer patched =
      Call("PATCH", Under(kConfigMap, "?fieldManager=me"), R"({"data":{"b":"2"}})",
           {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(Entries(patched.body), (Names{"curl Update", "me Update"}));
  EXPECT_EQ(Fields(patched.body, 1), R"({"f:data":{"f:b":{}}})");
}

TEST_F(ApplyTest, OneEmptyEntryDropsTheAccount) {
  ASSERT_EQ(Apply(kConfigMap, Config(R"({"a":"1"})")).code, 201);
  const Answer reset = Call("PATCH", kConfigMap, R"({"metadata":{"managedFields":[{}]}})",
                            {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(Entries(reset.body), Names{});
  const Answer again = Apply(kConfigMap, Config(R"({"b":"1"})"));
  EXPECT_EQ(Entries(again.body), (Names{"tester Apply", "before-first-apply Update"}));
}

// What kubectl sends to take its client-side fields over.
TEST_F(ApplyTest, AJsonPatchMayRewriteTheAccount) {
  const Answer made = Apply(kConfigMap, Config(R"({"a":"1"})"));
  Value entries = *Find(made.body, {"metadata", "managedFields"});
  Set(entries.as_array().front(), {"manager"}, Value("heir"));
  const std::string patch = R"([{"op":"replace","path":"/metadata/managedFields","value":)" +
                            ToJson(entries) +
                            R"(},{"op":"replace","path":"/metadata/resourceVersion","value":")" +
                            std::string(made.Text({"metadata", "resourceVersion"})) + R"("}])";
  const Answer patched =
      Call("PATCH", kConfigMap, patch, {{"Content-Type", "application/json-patch+json"}});
  ASSERT_EQ(patched.code, 200) << ToJson(patched.body);
  EXPECT_EQ(Entries(patched.body), Names{"heir Apply"});
}

}  // namespace
}  // namespace noizy::apiserver
