#include "tools/kindgen/names.h"

#include <gtest/gtest.h>

namespace noizy::kindgen {
namespace {

TEST(MemberName, IsSnakeCase) {
  EXPECT_EQ(MemberName("nodeName"), "node_name");
  EXPECT_EQ(MemberName("baseURL"), "base_url");
  EXPECT_EQ(MemberName("isCA"), "is_ca");
  EXPECT_EQ(MemberName("requireAI"), "require_ai");
  EXPECT_EQ(MemberName("tlsURLPath"), "tls_url_path");
  EXPECT_EQ(MemberName("nonResourceURLs"), "non_resource_urls");
  EXPECT_EQ(MemberName("podIPsKnown"), "pod_ips_known");
  EXPECT_EQ(MemberName("fingerprintSHA256"), "fingerprint_sha256");
  EXPECT_EQ(MemberName("load1"), "load1");
  EXPECT_EQ(MemberName("x-y.z"), "x_y_z");
  EXPECT_EQ(MemberName("3d"), "_3d");
}

TEST(MemberName, AvoidsReservedWords) {
  for (const char* word : {"default", "operator", "namespace", "class", "while", "template"}) {
    EXPECT_EQ(MemberName(word), std::string(word) + "_");
  }
  EXPECT_EQ(MemberName("signal"), "signal");
}

TEST(StructName, IsCamelCase) {
  EXPECT_EQ(StructName("retryPolicy"), "RetryPolicy");
  EXPECT_EQ(StructName("noizy.dev/gpu"), "NoizyDevGpu");
}

TEST(Literal, Escapes) {
  EXPECT_EQ(Literal("a\"b\\c\nd"), R"("a\"b\\c\nd")");
}

}  // namespace
}  // namespace noizy::kindgen
