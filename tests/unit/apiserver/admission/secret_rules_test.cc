#include "machinery/value/base64.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class SecretRulesTest : public ApiTest {
 protected:
  // "field: message" of every cause; "" when the object was taken.
  std::string Faults(const char* path, const std::string& members) {
    const Answer answer =
        Call("POST", Under(path, "?dryRun=All"), R"({"metadata":{"name":"s"},)" + members + "}");
    std::string text;
    const Array* causes = ArrayAt(answer.body, {"details", "causes"});
    for (std::size_t i = 0; causes != nullptr && i < causes->size(); ++i) {
      text.append(StringAt((*causes)[i], {"field"})).append(": ");
      text.append(StringAt((*causes)[i], {"message"})).append("\n");
    }
    return text;
  }
  static constexpr const char* kSecrets = "/api/v1/namespaces/default/secrets";
  static constexpr const char* kConfigMaps = "/api/v1/namespaces/default/configmaps";
};

TEST_F(SecretRulesTest, KeysAreFileNames) {
  EXPECT_EQ(Faults(kSecrets, R"("data":{"a.b-c_D":""})"), "");
  const std::string fault = Faults(kSecrets, R"("data":{"a b":""})");
  EXPECT_TRUE(fault.starts_with("data[a b]: Invalid value: \"a b\": a valid config key must"))
      << fault;
  EXPECT_EQ(Faults(kConfigMaps, R"("data":{"..":""})"),
            "data[..]: Invalid value: \"..\": must not be '..'\n");
  EXPECT_EQ(Faults(kConfigMaps, R"("binaryData":{"..a":""})"),
            "binaryData[..a]: Invalid value: \"..a\": must not start with '..'\n");
  const std::string longest(253, 'a');
  EXPECT_EQ(Faults(kConfigMaps, R"("data":{")" + longest + R"(":""})"), "");
  EXPECT_NE(Faults(kConfigMaps, R"("data":{"a)" + longest + R"(":""})").find("no more than 253"),
            std::string::npos);
}

TEST_F(SecretRulesTest, AKeyIsTextOrBytes) {
  EXPECT_EQ(Faults(kConfigMaps, R"("data":{"k":""},"binaryData":{"k":""})"),
            "data[k]: Invalid value: \"k\": duplicate of key present in binaryData\n");
}

TEST_F(SecretRulesTest, AMebibyteIsTheMost) {
  const std::string mebibyte(1024 * 1024, 'a');
  EXPECT_EQ(Faults(kConfigMaps, R"("data":{"k":")" + mebibyte + R"("})"), "");
  EXPECT_EQ(Faults(kConfigMaps, R"("data":{"k":")" + mebibyte + R"(a"})"),
            ": Too long: may not be more than 1048576 bytes\n");
  EXPECT_EQ(Faults(kSecrets, R"("data":{"k":")" + EncodeBase64(mebibyte + "aaa") + R"("})"),
            "data: Too long: may not be more than 1048576 bytes\n");
}

TEST_F(SecretRulesTest, TypesAskForTheirKeys) {
  struct Row {
    const char* members;
    const char* faults;
  };
  const Row rows[] = {
      {R"("type":"kubernetes.io/tls")",
       "data[tls.crt]: Required value\ndata[tls.key]: Required value\n"},
      {R"("type":"kubernetes.io/tls","data":{"tls.crt":"","tls.key":""})", ""},
      {R"("type":"kubernetes.io/basic-auth")",
       "data[username]: Required value\ndata[password]: Required value\n"},
      {R"("type":"kubernetes.io/basic-auth","stringData":{"password":"x"})", ""},
      {R"("type":"kubernetes.io/ssh-auth")", "data[ssh-privatekey]: Required value\n"},
      {R"("type":"kubernetes.io/dockercfg")", "data[.dockercfg]: Required value\n"},
      {R"("type":"kubernetes.io/dockerconfigjson","stringData":{".dockerconfigjson":"{}"})", ""},
      {R"("type":"kubernetes.io/service-account-token")",
       "metadata.annotations[kubernetes.io/service-account.name]: Required value\n"},
      {R"("type":"example.com/anything")", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(Faults(kSecrets, row.members), row.faults) << row.members;
  const std::string secret =
      Faults(kSecrets, R"("type":"kubernetes.io/dockercfg","stringData":{".dockercfg":"hush"})");
  EXPECT_NE(secret.find("<secret contents redacted>"), std::string::npos);
  EXPECT_EQ(secret.find("hush"), std::string::npos);
}

TEST_F(SecretRulesTest, ATypeStays) {
  ASSERT_EQ(Call("POST", kSecrets, R"({"metadata":{"name":"s"}})").code, 201);
  const Answer answer = Call("PATCH", Under(kSecrets, "/s"), R"({"type":"example.com/other"})",
                             {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(answer.code, 422);
  EXPECT_NE(answer.Text({"message"}).find("field is immutable"), std::string_view::npos);
}

}  // namespace
}  // namespace noizy::apiserver
