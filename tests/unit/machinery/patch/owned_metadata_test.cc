#include "machinery/patch/owned_metadata.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

TEST(OwnedMetadataSchema, HasWhatClientsWriteAndHowItsListsMerge) {
  const Schema& schema = OwnedMetadataSchema();
  EXPECT_TRUE(schema.properties.contains("labels"));
  EXPECT_TRUE(schema.properties.contains("deletionTimestamp"));
  EXPECT_FALSE(schema.properties.contains("resourceVersion"));
  EXPECT_FALSE(schema.properties.contains("managedFields"));
  const Schema& owners = *schema.properties.at("ownerReferences");
  EXPECT_EQ(owners.list_type, Schema::ListType::kMap);
  EXPECT_EQ(owners.patch_merge_key, "uid");
  EXPECT_TRUE(owners.items->atomic_map);
  EXPECT_TRUE(schema.properties.at("finalizers")->patch_merges);
}

}  // namespace
}  // namespace noizy
