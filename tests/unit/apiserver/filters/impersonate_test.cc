#include "apiserver/filters/impersonate.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class ImpersonateTest : public ApiTest {
 protected:
  ImpersonateTest() { EXPECT_TRUE(server_.EnsurePolicy().ok()); }

  // Who the server says the caller is, given these headers.
  Answer WhoAmI(HttpHeaders headers) {
    return Call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                R"({"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"})",
                std::move(headers));
  }
  static std::string Groups(const Answer& answer) {
    const Value* groups = Find(answer.body, {"status", "userInfo", "groups"});
    return groups == nullptr ? "" : ToJson(*groups);
  }
};

TEST_F(ImpersonateTest, AnAdministratorActsAsAnybody) {
  const Answer answer = WhoAmI({{"Impersonate-User", "ada"},
                                {"Impersonate-Group", "studio"},
                                {"impersonate-group", "night"},
                                {"Impersonate-Uid", "u1"},
                                {"Impersonate-Extra-Example.com%2fScope", "all"}});
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_EQ(answer.Text({"status", "userInfo", "username"}), "ada");
  EXPECT_EQ(answer.Text({"status", "userInfo", "uid"}), "u1");
  EXPECT_EQ(Groups(answer), R"(["studio","night","system:authenticated"])");
  EXPECT_EQ(ToJson(*Find(answer.body, {"status", "userInfo", "extra", "example.com/scope"})),
            R"(["all"])");
}

TEST_F(ImpersonateTest, AServiceAccountComesWithItsGroups) {
  EXPECT_EQ(Groups(WhoAmI({{"Impersonate-User", "system:serviceaccount:team:bot"}})),
            R"(["system:serviceaccounts","system:serviceaccounts:team","system:authenticated"])");
}

TEST_F(ImpersonateTest, WhoeverActsAsAnotherHasNoMoreThanTheOther) {
  EXPECT_EQ(Call("GET", kTasks, "", {{"Impersonate-User", "ada"}}).code, 403);
  Grant("ada", "view");
  EXPECT_EQ(Call("GET", kTasks, "", {{"Impersonate-User", "ada"}}).code, 200);
}

TEST_F(ImpersonateTest, GroupsWithoutAUserMakeNoSense) {
  EXPECT_EQ(WhoAmI({{"Impersonate-Group", "studio"}}).code, 400);
}

TEST_F(ImpersonateTest, EveryPartMustBeAllowed) {
  Apply("/apis/rbac.authorization.k8s.io/v1/clusterroles",
        "{kind: ClusterRole, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: mask}, "
        "rules: [{verbs: [impersonate], apiGroups: [''], resources: [users], resourceNames: "
        "[ada]}]}");
  Grant("eve", "mask");
  ActAs({"eve", {"people"}, "05"});
  EXPECT_EQ(WhoAmI({{"Impersonate-User", "ada"}}).code, 201);
  const Answer other = WhoAmI({{"Impersonate-User", "bob"}});
  EXPECT_EQ(other.code, 403);
  EXPECT_EQ(other.Text({"message"}),
            "users \"bob\" is forbidden: User \"eve\" cannot impersonate resource \"users\" in API "
            "group \"\" at the cluster scope");
  EXPECT_EQ(WhoAmI({{"Impersonate-User", "ada"}, {"Impersonate-Group", "system:masters"}}).code,
            403);
  EXPECT_EQ(WhoAmI({{"Impersonate-User", "ada"}, {"Impersonate-Uid", "u"}}).code, 403);
  EXPECT_EQ(WhoAmI({{"Impersonate-User", "ada"}, {"Impersonate-Extra-Scope", "x"}}).code, 403);
  EXPECT_EQ(WhoAmI({{"Impersonate-User", "system:serviceaccount:a:b"}}).code, 403);
}

}  // namespace
}  // namespace noizy::apiserver
