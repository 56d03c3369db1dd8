#include "machinery/meta/meta.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy {
namespace {

Value Json(std::string_view text) {
  return *ParseJson(text);
}

TEST(GroupVersionKind, ApiVersionJoinsAndSplits) {
  const auto task = ParseGroupVersionKind("noizy.dev/v1", "Task");
  ASSERT_TRUE(task.ok());
  EXPECT_EQ(*task, (GroupVersionKind{"noizy.dev", "v1", "Task"}));
  EXPECT_EQ(task->ApiVersion(), "noizy.dev/v1");
  const auto core = ParseGroupVersionKind("v1", "Secret");
  ASSERT_TRUE(core.ok());
  EXPECT_EQ(core->group, "");
  EXPECT_EQ(core->ApiVersion(), "v1");
}

TEST(GroupVersionKind, RefusesWhatIsNoGroupVersion) {
  EXPECT_EQ(ParseGroupVersionKind("a/b/c", "X").status().message(),
            "unexpected GroupVersion string: a/b/c");
  EXPECT_FALSE(ParseGroupVersionKind("", "X").ok());
}

TEST(GroupVersionKind, OfObjectNamesWhatIsMissing) {
  EXPECT_EQ(GroupVersionKindOf(Json(R"({"apiVersion": "v1"})")).status().message(),
            "Object 'Kind' is missing");
  EXPECT_EQ(GroupVersionKindOf(Json(R"({"kind": "Task"})")).status().message(),
            "Object 'apiVersion' is missing");
  EXPECT_EQ(GroupVersionKindOf(Json(R"({"kind": "Task", "apiVersion": "noizy.dev/v1"})"))->kind,
            "Task");
}

TEST(ObjectFields, ReadMetadata) {
  const Value object = Json(R"({"metadata": {"name": "a", "namespace": "default", "uid": "u",
      "resourceVersion": "42", "generation": 3, "deletionTimestamp": "2026-01-01T00:00:00Z",
      "finalizers": ["noizy.dev/x"], "labels": {"app": "web"}, "annotations": {"note": "n"}}})");
  EXPECT_EQ(KeyOf(object).ToString(), "default/a");
  EXPECT_EQ(UidOf(object), "u");
  EXPECT_EQ(*ResourceVersionOf(object), 42);
  EXPECT_EQ(GenerationOf(object), 3);
  EXPECT_TRUE(IsBeingDeleted(object));
  EXPECT_EQ(FinalizersOf(object), std::vector<std::string>{"noizy.dev/x"});
  EXPECT_EQ(LabelOf(object, "app"), "web");
  EXPECT_EQ(AnnotationOf(object, "note"), "n");
  EXPECT_EQ(LabelOf(object, "none"), "");
}

TEST(ObjectFields, AreEmptyWhenAbsent) {
  const Value object = Json("{}");
  EXPECT_EQ(KeyOf(object), ObjectKey{});
  EXPECT_EQ(*ResourceVersionOf(object), 0);
  EXPECT_EQ(GenerationOf(object), 0);
  EXPECT_FALSE(IsBeingDeleted(object));
  EXPECT_TRUE(FinalizersOf(object).empty());
}

TEST(ObjectFields, ResourceVersionMustBeANumber) {
  for (const char* text : {"abc", "12x", "-1", "99999999999999999999"}) {
    Value object = Json("{}");
    Set(object, {"metadata", "resourceVersion"}, text);
    EXPECT_EQ(ResourceVersionOf(object).status().reason(), StatusReason::kBadRequest) << text;
  }
}

TEST(ObjectKey, OrdersByNamespaceThenName) {
  EXPECT_LT((ObjectKey{"a", "z"}), (ObjectKey{"b", "a"}));
  EXPECT_EQ((ObjectKey{"", "node-1"}).ToString(), "node-1");
}

TEST(Names, DnsSubdomain) {
  for (const char* good : {"a", "a.b", "hp-omen", "1.2", "a--b"})
    EXPECT_EQ(CheckDnsSubdomain(good), "") << good;
  for (const char* bad : {"", "A", "-a", "a-", "a..b", ".a", "a.", "a_b", "ä"}) {
    EXPECT_EQ(
        CheckDnsSubdomain(bad),
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        "'.', "
        "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
        "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")
        << bad;
  }
  EXPECT_EQ(CheckDnsSubdomain(std::string(253, 'a')), "");
  EXPECT_EQ(CheckDnsSubdomain(std::string(254, 'a')), "must be no more than 253 characters");
}

TEST(Names, DnsLabel) {
  EXPECT_EQ(CheckDnsLabel("a-1"), "");
  EXPECT_EQ(CheckDnsLabel("a.b"), "must not contain dots");
  EXPECT_NE(CheckDnsLabel("A").find("a lowercase RFC 1123 label must consist"), std::string::npos);
  EXPECT_EQ(CheckDnsLabel(std::string(63, 'a')), "");
  EXPECT_EQ(CheckDnsLabel(std::string(64, 'a')), "must be no more than 63 characters");
}

TEST(Names, QualifiedName) {
  for (const char* good : {"a", "A.b_c-d", "noizy.dev/gpu", "x/y"})
    EXPECT_EQ(CheckQualifiedName(good), "") << good;
  EXPECT_EQ(CheckQualifiedName(""), "name part must be non-empty");
  EXPECT_EQ(CheckQualifiedName("/a"), "prefix part must be non-empty");
  EXPECT_EQ(CheckQualifiedName("a/"), "name part must be non-empty");
  EXPECT_TRUE(CheckQualifiedName("a/b/c").starts_with("a qualified name must consist of"));
  EXPECT_TRUE(CheckQualifiedName("A/b").starts_with("prefix part a lowercase RFC 1123 subdomain"));
  EXPECT_TRUE(CheckQualifiedName("a b").starts_with("name part must consist of alphanumeric"));
  EXPECT_EQ(CheckQualifiedName(std::string(64, 'a')),
            "name part must be no more than 63 characters");
}

TEST(Names, LabelValue) {
  for (const char* good : {"", "a", "MyValue", "my_value", "12345"})
    EXPECT_EQ(CheckLabelValue(good), "") << good;
  for (const char* bad : {"a b", "-a", "a/", "_"}) {
    EXPECT_TRUE(CheckLabelValue(bad).starts_with("a valid label must be an empty string or"))
        << bad;
  }
  EXPECT_EQ(CheckLabelValue(std::string(64, 'a')), "must be no more than 63 characters");
}

}  // namespace
}  // namespace noizy
