#include "machinery/value/field_path.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

TEST(FieldPath, PrintsAsKubernetesDoes) {
  EXPECT_TRUE(FieldPath().empty());
  EXPECT_EQ(FieldPath().Child("spec").ToString(), "spec");
  EXPECT_EQ(FieldPath("spec").Child("env").Index(0).Child("name").ToString(), "spec.env[0].name");
  EXPECT_EQ(FieldPath("metadata").Child("labels").Key("a.b/c").ToString(),
            "metadata.labels[a.b/c]");
}

TEST(FieldPath, ChildrenDoNotChangeTheirParent) {
  const FieldPath spec("spec");
  (void)spec.Child("type");
  (void)spec.Index(3);
  (void)spec.Key("k");
  EXPECT_EQ(spec.ToString(), "spec");
}

}  // namespace
}  // namespace noizy
