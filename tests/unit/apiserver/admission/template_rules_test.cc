#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class TemplateRulesTest : public ApiTest {
 protected:
  static constexpr const char* kSets = "/apis/noizy.dev/v1/namespaces/default/tasksets";
  static constexpr const char* kSchedules = "/apis/noizy.dev/v1/namespaces/default/taskschedules";

  Answer CreateSet(const std::string& spec) {
    return Call("POST", kSets,
                R"({"apiVersion":"noizy.dev/v1","kind":"TaskSet","metadata":{"name":"s"},)"
                R"("spec":{"template":{"spec":)" +
                    spec + "}}}");
  }
  static std::string FirstField(const Answer& answer) {
    const Array* causes = ArrayAt(answer.body, {"details", "causes"});
    return causes == nullptr ? "" : std::string(StringAt(causes->at(0), {"field"}));
  }
};

TEST_F(TemplateRulesTest, AFaultIsToldWithItsPath) {
  const Answer wrong = CreateSet(R"({"exec":{"command":["true"]},"retry":{"limit":-1}})");
  EXPECT_EQ(wrong.code, 422) << ToJson(wrong.body);
  EXPECT_EQ(FirstField(wrong), "spec.template.spec.retry.limit");
  const Answer nothing = CreateSet("{}");
  EXPECT_EQ(nothing.code, 422);
  EXPECT_TRUE(FirstField(nothing).starts_with("spec.template.spec")) << FirstField(nothing);
  const Answer schedule =
      Call("POST", kSchedules,
           R"({"apiVersion":"noizy.dev/v1","kind":"TaskSchedule","metadata":{"name":"s"},"spec":{)"
           R"("schedule":"@daily","template":{"spec":{"exec":{"command":"true"}}}}})");
  EXPECT_EQ(schedule.code, 422);
  EXPECT_EQ(FirstField(schedule), "spec.template.spec.exec.command");
}

TEST_F(TemplateRulesTest, APayloadOfOneTaskIsNoTemplates) {
  const Answer refused = CreateSet(R"({"exec":{"command":["true"]},"payloadRef":{"sha256":")" +
                                   std::string(64, 'a') + R"(","sizeBytes":1}})");
  EXPECT_EQ(refused.code, 422);
  EXPECT_EQ(FirstField(refused), "spec.template.spec.payloadRef");
}

TEST_F(TemplateRulesTest, AGoodOneIsKeptAsItWasWritten) {
  const Answer made = CreateSet(R"({"exec":{"command":["true"]},"colour":"red"})");
  EXPECT_EQ(made.code, 201) << ToJson(made.body);
  EXPECT_EQ(Find(made.body, {"spec", "template", "spec", "retry"}), nullptr)
      << "defaults are the Tasks' business";
  EXPECT_NE(FindHeader(made.headers, "Warning").find("spec.template.spec.colour"),
            std::string_view::npos);
}

TEST_F(TemplateRulesTest, AChangeIsLookedAtToo) {
  ASSERT_EQ(CreateSet(R"({"exec":{"command":["true"]}})").code, 201);
  const Answer changed =
      Call("PATCH", Under(kSets, "/s"), R"({"spec":{"template":{"spec":{"priority":"high"}}}})",
           {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(changed.code, 422);
  EXPECT_EQ(FirstField(changed), "spec.template.spec.priority");
}

}  // namespace
}  // namespace noizy::apiserver
