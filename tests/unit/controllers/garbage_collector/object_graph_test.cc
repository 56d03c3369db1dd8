#include "controllers/garbage_collector/object_graph.h"

#include <gtest/gtest.h>

#include "tests/unit/controllers/garbage_collector/family.h"

namespace noizy::garbage_collector {
namespace {

std::vector<std::string> Names(const std::vector<NodePtr>& nodes) {
  std::vector<std::string> names;
  for (const NodePtr& node : nodes) names.push_back(node->metadata.name);
  return names;
}
using Texts = std::vector<std::string>;

TEST(ObjectGraphTest, KnowsDependentsOfOwnersItDoesNotKnow) {
  ObjectGraph graph;
  graph.Put(MakeNode("child", {OwnedBy("parent")}));
  EXPECT_EQ(graph.Find("parent"), nullptr);
  EXPECT_EQ(Names(graph.DependentsOf("parent")), Texts{"child"});
  graph.Put(MakeNode("parent"));
  graph.Remove("parent");
  EXPECT_EQ(Names(graph.DependentsOf("parent")), Texts{"child"});
}

TEST(ObjectGraphTest, FollowsChangesOfOwners) {
  ObjectGraph graph;
  graph.Put(MakeNode("child", {OwnedBy("a"), OwnedBy("b")}));
  graph.Put(MakeNode("child", {OwnedBy("b"), OwnedBy("c")}));
  EXPECT_FALSE(graph.HasDependents("a"));
  EXPECT_TRUE(graph.HasDependents("b"));
  EXPECT_TRUE(graph.HasDependents("c"));
  EXPECT_EQ(graph.size(), 1U);
  graph.Remove("child");
  graph.Remove("child");
  EXPECT_FALSE(graph.HasDependents("b"));
  EXPECT_EQ(graph.size(), 0U);
}

TEST(ObjectGraphTest, DependentsComeInOrder) {
  ObjectGraph graph;
  for (const char* name : {"c", "a", "b"}) graph.Put(MakeNode(name, {OwnedBy("p")}));
  EXPECT_EQ(Names(graph.DependentsOf("p")), (Texts{"a", "b", "c"}));
}

TEST(NodeTest, WaitsOnlyWhenDyingInTheForeground) {
  EXPECT_FALSE(MakeNode("a", {}, {"foregroundDeletion"}).WaitsForDependents());
  EXPECT_FALSE(Dying(MakeNode("a", {}, {"x.dev/y"})).WaitsForDependents());
  EXPECT_TRUE(Dying(MakeNode("a", {}, {"x.dev/y", "foregroundDeletion"})).WaitsForDependents());
  EXPECT_EQ(MakeNode("a").ToString(), "widgets.test.noizy.dev default/a");
}

}  // namespace
}  // namespace noizy::garbage_collector
