#include "machinery/client/request.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy {
namespace {

HttpReply ReplyOf(std::string body) {
  HttpReply reply;
  reply.body.emplace_back(std::move(body));
  return reply;
}

TEST(QueryTest, WriteOptions) {
  EXPECT_EQ(QueryOf(WriteOptions{}), "");
  WriteOptions options;
  options.field_manager = "noizy controllers";
  options.dry_run = true;
  options.field_validation = "Strict";
  options.force = true;
  EXPECT_EQ(QueryOf(options),
            "dryRun=All&fieldManager=noizy%20controllers&fieldValidation=Strict&force=true");
}

TEST(QueryTest, Lists) {
  EXPECT_EQ(QueryOf(ListQuery{}), "");
  ListQuery query;
  query.label_selector = "a=b,c in (d,e)";
  query.field_selector = "spec.nodeName=n";
  query.limit = 500;
  query.continue_token = "abc";
  query.resource_version = "7";
  EXPECT_EQ(
      QueryOf(query),
      "labelSelector=a%3Db%2Cc%20in%20%28d%2Ce%29&fieldSelector=spec.nodeName%3Dn&resourceVersion=7"
      "&limit=500&continue=abc");
}

TEST(QueryTest, WatchesAskForBookmarksAndKnowNoPages) {
  ListQuery query;
  query.limit = 500;
  query.resource_version = "7";
  query.timeout_seconds = 300;
  EXPECT_EQ(WatchQueryOf(query),
            "resourceVersion=7&watch=true&allowWatchBookmarks=true&timeoutSeconds=300");
}

TEST(DeleteBodyTest, HoldsWhatWasAskedFor) {
  EXPECT_EQ(BodyOf(DeleteOptions{}), R"({"kind":"DeleteOptions","apiVersion":"v1"})");
  DeleteOptions options;
  options.uid = "u";
  options.resource_version = "9";
  options.propagation_policy = "Foreground";
  options.grace_period_seconds = 0;
  options.dry_run = true;
  EXPECT_EQ(
      BodyOf(options),
      R"({"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"u","resourceVersion":"9"},)"
      R"("propagationPolicy":"Foreground","gracePeriodSeconds":0,"dryRun":["All"]})");
}

TEST(HeadersTest, EachPatchHasItsType) {
  EXPECT_EQ(ContentTypeOf(PatchType::kJson), "application/json-patch+json");
  EXPECT_EQ(ContentTypeOf(PatchType::kMerge), "application/merge-patch+json");
  EXPECT_EQ(ContentTypeOf(PatchType::kStrategicMerge), "application/strategic-merge-patch+json");
  EXPECT_EQ(ContentTypeOf(PatchType::kApply), "application/apply-patch+yaml");
}

TEST(HeadersTest, MetadataAloneIsAskedForByRendering) {
  ListQuery query;
  EXPECT_EQ(AcceptOf(query), "application/json");
  query.metadata_only = true;
  EXPECT_NE(AcceptOf(query).find("as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"),
            std::string::npos);
}

TEST(ListReplyTest, ItemsGetTheirKind) {
  const auto list = ListOfReply(ReplyOf(
      R"({"kind":"TaskList","apiVersion":"noizy.dev/v1","metadata":{"resourceVersion":"5","continue":"c",)"
      R"("remainingItemCount":3},"items":[{"metadata":{"name":"a"}},{"kind":"Other","apiVersion":"x/v1"}]})"));
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->resource_version, "5");
  EXPECT_EQ(list->continue_token, "c");
  EXPECT_EQ(list->remaining_item_count, 3);
  ASSERT_EQ(list->items.size(), 2U);
  EXPECT_EQ(StringAt(list->items[0], {"kind"}), "Task");
  EXPECT_EQ(StringAt(list->items[0], {"apiVersion"}), "noizy.dev/v1");
  EXPECT_EQ(StringAt(list->items[1], {"kind"}), "Other");
}

TEST(ListReplyTest, NullItemsAreNone) {
  // Go's clients and servers write an empty slice as null.
  const auto list = ListOfReply(
      ReplyOf(R"({"kind":"TaskList","metadata":{"resourceVersion":"5"},"items":null})"));
  ASSERT_TRUE(list.ok());
  EXPECT_TRUE(list->items.empty());
}

TEST(ListReplyTest, WhatIsNoListIsRefused) {
  for (const char* body : {"{}", "[]", R"({"items":{}})", "<html>", ""}) {
    EXPECT_FALSE(ListOfReply(ReplyOf(body)).ok()) << body;
  }
}

}  // namespace
}  // namespace noizy
