#include "apiserver/listener/health.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class HealthTest : public ApiTest {
 protected:
  std::string Text(const std::string& path, int code) {
    const Answer answer = Call("GET", path);
    EXPECT_EQ(answer.code, code) << path;
    return answer.body.is_string() ? std::string(answer.body.as_string()) : ToJson(answer.body);
  }
};

TEST_F(HealthTest, OkInOneWordAndInMany) {
  EXPECT_EQ(Text("/readyz", 200), "ok");
  EXPECT_EQ(Text("/readyz?verbose", 200), "[+]ping ok\n[+]storage ok\nreadyz check passed\n");
  EXPECT_EQ(Text("/readyz?exclude=storage&verbose", 200),
            "[+]ping ok\n[+]storage excluded: ok\nreadyz check passed\n");
  EXPECT_EQ(Text("/readyz/storage", 200), "ok");
  EXPECT_EQ(Call("GET", "/readyz/nothing").code, 404);
}

TEST_F(HealthTest, ABrokenDiskIsNotReadyButAlive) {
  store_.SetHealth(Unavailable("disk is full: /secret/path"));
  const std::string text = Text("/readyz", 500);
  EXPECT_NE(text.find("[-]storage failed"), std::string::npos);
  EXPECT_EQ(text.find("/secret/path"), std::string::npos);
  EXPECT_EQ(Text("/livez", 200), "ok");
  EXPECT_EQ(Text("/readyz?exclude=storage", 200), "ok");
  EXPECT_EQ(server_.Ready().message(), "storage: disk is full: /secret/path");
}

}  // namespace
}  // namespace noizy::apiserver
