#include "apiserver/filters/transaction.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class TransactionTest : public ApiTest {
 protected:
  TransactionTest() {
    CreateTask("a");
    CreateTask("b");
  }

  static std::string Patch(const std::string& name, const std::string& body) {
    return R"({"method":"PATCH","path":")" + TaskPath(name) +
           R"(","contentType":"application/merge-patch+json","body":)" + body + "}";
  }
  Answer Send(const std::string& requests) {
    std::string body = R"({"requests":[)";
    body += requests;
    body += "]}";
    return Call("POST", std::string(kTransactionsPath), body);
  }
  std::int64_t PriorityOf(const std::string& name) {
    return *IntAt(Call("GET", TaskPath(name)).body, {"spec", "priority"});
  }
  static int CodeOf(const Answer& answer, std::size_t member) {
    return static_cast<int>(*IntAt(answer.body.at("replies").at(member), {"code"}));
  }
};

TEST_F(TransactionTest, AllIsWrittenInOneCommit) {
  const std::int64_t before = store_.Revision();
  const Answer answer = Send(Patch("a", R"({"spec":{"priority":7}})") + "," +
                             Patch("b", R"({"spec":{"priority":8}})"));
  EXPECT_EQ(answer.code, 200) << ToJson(answer.body);
  EXPECT_EQ(CodeOf(answer, 0), 200);
  EXPECT_EQ(answer.body.at("replies").at(1).at("body").at("spec").at("priority"), 8);
  EXPECT_EQ(PriorityOf("a"), 7);
  EXPECT_EQ(PriorityOf("b"), 8);
  EXPECT_EQ(store_.Revision(), before + 2);
}

TEST_F(TransactionTest, NothingIsWrittenWhenOneIsRefused) {
  const Answer invalid = Send(Patch("a", R"({"spec":{"priority":7}})") + "," +
                              Patch("b", R"({"spec":{"priority":"high"}})"));
  EXPECT_EQ(invalid.code, 422);
  EXPECT_EQ(CodeOf(invalid, 0), 409);
  EXPECT_EQ(CodeOf(invalid, 1), 422);
  EXPECT_EQ(PriorityOf("a"), 0);

  const Answer stale = Send(Patch("a", R"({"spec":{"priority":7}})") + "," +
                            Patch("b", R"({"metadata":{"resourceVersion":"1"}})"));
  EXPECT_EQ(stale.code, 409);
  EXPECT_EQ(PriorityOf("a"), 0);

  const Answer gone = Send(Patch("none", "{}") + "," + Patch("a", R"({"spec":{"priority":7}})"));
  EXPECT_EQ(CodeOf(gone, 0), 404);
  EXPECT_EQ(PriorityOf("a"), 0);
}

TEST_F(TransactionTest, EachWriteNeedsItsOwnRight) {
  ASSERT_TRUE(server_.EnsurePolicy().ok());
  Grant("ada", "view");
  ActAs({"ada", {}, "02"});
  const Answer answer = Send(Patch("a", R"({"spec":{"priority":7}})"));
  EXPECT_EQ(answer.code, 403) << ToJson(answer.body);
  EXPECT_EQ(PriorityOf("a"), 0);
}

TEST_F(TransactionTest, WritesOfObjectsAlone) {
  EXPECT_EQ(Call("POST", std::string(kTransactionsPath), "{}").code, 400);
  EXPECT_EQ(Call("GET", std::string(kTransactionsPath)).code, 405);
  EXPECT_EQ(Send(R"({"method":"GET","path":"/api/v1/namespaces"})").code, 400);
  EXPECT_EQ(Send(R"({"method":"POST","path":"/noizy/v1/transactions"})").code, 400);
}

}  // namespace
}  // namespace noizy::apiserver
