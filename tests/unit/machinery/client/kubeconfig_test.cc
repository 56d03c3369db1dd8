#include "machinery/client/kubeconfig.h"

#include <gtest/gtest.h>

#include "machinery/os/files.h"

namespace noizy {
namespace {

class KubeconfigTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(MakeFolders(dir_).ok()); }
  void TearDown() override { EXPECT_TRUE(RemoveTree(dir_).ok()); }

  std::string Write(const std::string& name, std::string_view text) {
    EXPECT_TRUE(WriteFileAtomically(dir_ + "/" + name, text, Durability::kAtomic).ok());
    return dir_ + "/" + name;
  }
  // A config whose cluster and user have the given extra members.
  static std::string Config(std::string_view cluster, std::string_view user) {
    return "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
           "contexts:\n- {name: c, context: {cluster: k, user: u, namespace: work}}\n"
           "clusters:\n- name: k\n  cluster: {server: \"https://127.0.0.1:6443\"" +
           std::string(cluster) + "}\nusers:\n- name: u\n  user: {" + std::string(user) + "}\n";
  }
  std::string Fault(std::string_view text, std::string_view context = {}) {
    const auto loaded = LoadKubeconfig({Write("faulty", text)}, context);
    return loaded.ok() ? "none" : loaded.status().message();
  }

  const std::string dir_ = testing::TempDir() + "kubeconfig_test_" +
                           testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(KubeconfigTest, InlineMaterial) {
  const auto context = LoadKubeconfig(
      {Write("config",
             Config(", certificate-authority-data: Q0E=, tls-server-name: grid",
                    "client-certificate-data: Q0VSVA==, client-key-data: S0VZ, token: t"))},
      "");
  ASSERT_TRUE(context.ok()) << context.status().ToString();
  EXPECT_EQ(context->name, "c");
  EXPECT_EQ(context->ns, "work");
  EXPECT_EQ(context->http.base_url, "https://127.0.0.1:6443");
  EXPECT_EQ(context->http.tls.ca_pem, "CA");
  EXPECT_EQ(context->http.tls.certificate_pem, "CERT");
  EXPECT_EQ(context->http.tls.private_key_pem, "KEY");
  EXPECT_EQ(context->http.bearer_token, "t");
  EXPECT_EQ(context->http.server_name, "grid");
  EXPECT_FALSE(context->http.insecure_skip_verify);
}

TEST_F(KubeconfigTest, FilesAreRelativeToTheirKubeconfig) {
  ASSERT_TRUE(MakeFolders(dir_ + "/pki").ok());
  Write("pki/ca.crt", "CA");
  Write("pki/me.crt", "CERT");
  const std::string key = Write("pki/me.key", "KEY");
  Write("token", "secret\n");
  const auto context =
      LoadKubeconfig({Write("config", Config(", certificate-authority: pki/ca.crt",
                                             "client-certificate: pki/me.crt, client-key: \"" +
                                                 key + "\", tokenFile: token"))},
                     "c");
  ASSERT_TRUE(context.ok()) << context.status().ToString();
  EXPECT_EQ(context->http.tls.ca_pem, "CA");
  EXPECT_EQ(context->http.tls.certificate_pem, "CERT");
  EXPECT_EQ(context->http.tls.private_key_pem, "KEY");
  EXPECT_EQ(context->http.bearer_token, "secret");
}

TEST_F(KubeconfigTest, FilesAreMergedAndTheFirstWins) {
  const std::string first = Write("first",
                                  "contexts:\n- {name: c, context: {cluster: k, user: u2}}\n"
                                  "users:\n- {name: u2, user: {token: mine}}\n");
  const std::string second = Write("second", Config("", "token: other"));
  const auto context = LoadKubeconfig({dir_ + "/missing", first, second}, "");
  ASSERT_TRUE(context.ok()) << context.status().ToString();
  EXPECT_EQ(context->user, "u2");
  EXPECT_EQ(context->ns, "");
  EXPECT_EQ(context->http.bearer_token, "mine");
}

TEST_F(KubeconfigTest, FaultsNameTheFileAndTheMend) {
  const std::string file = "kubeconfig " + dir_ + "/faulty: ";
  EXPECT_EQ(Fault(Config("", ""), "other"), file + "no context \"other\"; there are: c");
  EXPECT_EQ(Fault("contexts: []\n"), file + "no current-context is set");
  EXPECT_EQ(Fault("current-context: c\ncontexts:\n- {name: c, context: {cluster: x}}\n"),
            file + "no cluster \"x\"");
  EXPECT_EQ(Fault("- a\n"), file + "not a mapping");
  EXPECT_EQ(Fault(Config(", proxy-url: x", "")), file + "proxy-url is not supported");
  EXPECT_NE(Fault(Config("", "exec: {command: aws}")).find("users.exec is not supported"),
            std::string::npos);
  EXPECT_NE(Fault(Config("", "client-key-data: S0VZ")).find("belong together"), std::string::npos);
  EXPECT_NE(Fault(Config(", certificate-authority-data: \"%%%\"", ""))
                .find("certificate-authority-data: "),
            std::string::npos);
  EXPECT_NE(Fault(Config(", certificate-authority: gone.crt", "")).find("gone.crt"),
            std::string::npos);
  EXPECT_NE(Fault("a: [").find(file), std::string::npos);
}

TEST_F(KubeconfigTest, NoFileAtAll) {
  const auto none = LoadKubeconfig({dir_ + "/a", dir_ + "/b"}, "");
  EXPECT_EQ(none.status().reason(), StatusReason::kNotFound);
  EXPECT_EQ(none.status().message(), "no kubeconfig at " + dir_ + "/a, " + dir_ + "/b");
  EXPECT_EQ(LoadKubeconfig({}, "").status().reason(), StatusReason::kNotFound);
}

TEST(KubeconfigFilesTest, FollowThePrecedence) {
  using Files = std::vector<std::string>;
  KubeconfigPlaces places{"", "", "", "/home/me"};
  EXPECT_EQ(KubeconfigFiles(places), Files{"/home/me/.noizy/kubeconfig"});
  places.kubeconfig = "/a::/b:";
  EXPECT_EQ(KubeconfigFiles(places), (Files{"/a", "/b"}));
  places.noizyconfig = "/n";
  EXPECT_EQ(KubeconfigFiles(places), Files{"/n"});
  places.flag = "/f:g";
  EXPECT_EQ(KubeconfigFiles(places), Files{"/f:g"});
  EXPECT_EQ(KubeconfigFiles({}), Files{});
}

TEST_F(KubeconfigTest, WhatIsWrittenIsReadBackAndPrivate) {
  const std::string path = dir_ + "/written";
  ASSERT_TRUE(
      WriteKubeconfig(path, "noizy", "https://127.0.0.1:1", {"CERT\n", "KEY\n", "CA\n"}).ok());
  const auto context = LoadKubeconfig({path}, "");
  ASSERT_TRUE(context.ok()) << context.status().ToString();
  EXPECT_EQ(context->name, "noizy");
  EXPECT_EQ(context->http.base_url, "https://127.0.0.1:1");
  EXPECT_EQ(context->http.tls.certificate_pem, "CERT\n");
  EXPECT_EQ(context->http.tls.private_key_pem, "KEY\n");
  EXPECT_EQ(context->http.tls.ca_pem, "CA\n");
  EXPECT_TRUE(RequirePrivate(path).ok());
}

TEST_F(KubeconfigTest, AddingKeepsTheRestAndTheCurrentContext) {
  const std::string path = Write("config", Config("", "token: t"));
  ASSERT_TRUE(AddToKubeconfig(path, "noizy", "https://127.0.0.1:1", {}).ok());
  ASSERT_TRUE(AddToKubeconfig(path, "noizy", "https://127.0.0.1:2", {}).ok());
  EXPECT_EQ(LoadKubeconfig({path}, "")->name, "c");
  EXPECT_EQ(LoadKubeconfig({path}, "")->http.bearer_token, "t");
  EXPECT_EQ(LoadKubeconfig({path}, "noizy")->http.base_url, "https://127.0.0.1:2");
}

TEST_F(KubeconfigTest, AddingMakesWhatIsMissing) {
  const std::string path = dir_ + "/new/folder/kubeconfig";
  ASSERT_TRUE(AddToKubeconfig(path, "noizy", "https://127.0.0.1:1", {}).ok());
  EXPECT_EQ(LoadKubeconfig({path}, "")->name, "noizy");
  const std::string empty = Write("empty", "");
  ASSERT_TRUE(AddToKubeconfig(empty, "noizy", "https://127.0.0.1:1", {}).ok());
  EXPECT_EQ(LoadKubeconfig({empty}, "")->name, "noizy");
}

}  // namespace
}  // namespace noizy
