#include "machinery/controller/partial_object.h"

#include <gtest/gtest.h>

#include "machinery/controller/informer.h"
#include "tests/fakes/fake_api.h"
#include "tests/fakes/fake_source.h"
#include "tests/fakes/widget.h"

namespace noizy {
namespace {

TEST(PartialObjectTest, KeepsWhatLinksObjects) {
  Value value = MakeWidget("default", "a");
  Set(value, {"metadata", "uid"}, "u");
  Set(value, {"metadata", "labels"}, Object{{"big", "label"}});
  Set(value, {"metadata", "annotations"}, Object{{"bigger", "annotation"}});
  Set(value, {"metadata", "finalizers"}, Array{"x.dev/f"});
  Set(value, {"metadata", "ownerReferences"},
      Array{Object{{"apiVersion", "v1"},
                   {"kind", "K"},
                   {"name", "o"},
                   {"uid", "ou"},
                   {"blockOwnerDeletion", true}}});
  const auto object = PartialObject::FromValue(value);
  ASSERT_TRUE(object.ok());
  EXPECT_EQ(object->metadata.uid, "u");
  EXPECT_TRUE(object->metadata.labels.empty());
  EXPECT_TRUE(object->metadata.annotations.empty());
  EXPECT_EQ(object->metadata.finalizers, std::vector<std::string>{"x.dev/f"});
  ASSERT_EQ(object->metadata.owner_references.size(), 1U);
  EXPECT_TRUE(object->metadata.owner_references[0].block_owner_deletion);
  EXPECT_EQ(PartialObject::FromValue(object->ToValue())->metadata, object->metadata);
}

TEST(PartialObjectTest, WhatHasNoNameIsNoObject) {
  EXPECT_FALSE(PartialObject::FromValue(Object{}).ok());
  EXPECT_FALSE(PartialObject::FromValue(Object{{"metadata", Object{}}}).ok());
  EXPECT_FALSE(PartialObject::FromValue(Value()).ok());
}

TEST(PartialObjectTest, AnInformerFollowsAnyResource) {
  FakeClock clock;
  FakeExecutor executor(clock);
  FakeApi api(clock);
  api.AddKind<Widget>();
  api.Put(MakeWidget("default", "a"));
  Informer<PartialObject> informer(ResourceOf<Widget>());
  informer.Start(FakeSources(api, executor));
  executor.RunUntilIdle();
  EXPECT_EQ(informer.lister().All().size(), 1U);
}

}  // namespace
}  // namespace noizy
