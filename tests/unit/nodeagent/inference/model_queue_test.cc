#include "nodeagent/inference/model_queue.h"

#include <gtest/gtest.h>

#include "tests/unit/nodeagent/inference/loopback_models.h"

namespace noizy::nodeagent {
namespace {

const auto kNever = [] { return false; };

// As llama.cpp's server writes them with --metrics.
constexpr const char* kLlamaMetrics =
    "# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.\n"
    "# TYPE llamacpp:prompt_tokens_total counter\n"
    "llamacpp:prompt_tokens_total 1337\n"
    "# HELP llamacpp:requests_processing Number of requests processing.\n"
    "# TYPE llamacpp:requests_processing gauge\n"
    "llamacpp:requests_processing 2\n"
    "# HELP llamacpp:requests_deferred Number of requests deferred.\n"
    "# TYPE llamacpp:requests_deferred gauge\n"
    "llamacpp:requests_deferred 3\n";

// As vLLM writes them: a series for each model and engine.
constexpr const char* kVllmMetrics =
    "# HELP vllm:num_requests_running Number of requests in model execution batches.\n"
    "# TYPE vllm:num_requests_running gauge\n"
    "vllm:num_requests_running{engine=\"0\",model_name=\"org/m-8b\"} 8.0\n"
    "vllm:num_requests_running{engine=\"1\",model_name=\"org/m-8b\"} 4.0\r\n"
    "# HELP vllm:num_requests_waiting Number of requests waiting to be processed.\n"
    "# TYPE vllm:num_requests_waiting gauge\n"
    "vllm:num_requests_waiting{engine=\"0\",model_name=\"a } 99 b\"} 5.0 1700000000000\n"
    "vllm:num_requests_waiting_by_reason{reason=\"capacity\"} 50.0\n"
    "vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"org/m-8b\"} 0.75\n";

constexpr const char* kLlamaSlots =
    R"([{"id":0,"id_task":135,"n_ctx":4096,"speculative":false,"is_processing":true,"params":{}},
        {"id":1,"id_task":-1,"n_ctx":4096,"speculative":false,"is_processing":false},
        {"id":2,"id_task":136,"n_ctx":4096,"speculative":false,"is_processing":true}])";

TEST(RequestsInMetricsTest, AreThoseUnderWayAndThoseThatWait) {
  EXPECT_EQ(RequestsInMetrics(kLlamaMetrics), 5);
  EXPECT_EQ(RequestsInMetrics(kVllmMetrics), 17);
  EXPECT_EQ(RequestsInMetrics("vllm:num_requests_waiting 1"), 1) << "no line's end";
  EXPECT_EQ(RequestsInMetrics("llamacpp:requests_processing 0\n"), 0);
  EXPECT_EQ(RequestsInMetrics("vllm:num_requests_waiting{a=\"b\"} 4\n"
                              "vllm:num_requests_waiting{a=\"c\"} NaN\n"),
            4);
  EXPECT_EQ(RequestsInMetrics("llamacpp:requests_deferred 1e300\n"), kMostRequests);
}

TEST(RequestsInMetricsTest, WhatDoesNotTellThemIsNoFigure) {
  for (const char* text :
       {"", "\n\n", "<html>", R"j({"error":"Unexpected endpoint or method. (GET /metrics)"})j",
        "go_goroutines 12\n", "llamacpp:requests_processing\n", "llamacpp:requests_processing x\n",
        "llamacpp:requests_processing -1\n", "llamacpp:requests_processing +Inf\n",
        "vllm:num_requests_waiting{a=\"b\" 4\n", "# vllm:num_requests_waiting 4\n"}) {
    EXPECT_EQ(RequestsInMetrics(text), std::nullopt) << text;
  }
}

TEST(RequestsInSlotsTest, AreTheSlotsAtWork) {
  EXPECT_EQ(RequestsInSlots(kLlamaSlots), 2);
  EXPECT_EQ(RequestsInSlots("[]"), 0);
  for (const char* text : {"", "{}", "[1]", R"([{"id":0}])", R"([{"is_processing":1}])", "<html>"})
    EXPECT_EQ(RequestsInSlots(text), std::nullopt) << text;
}

TEST(RequestsAtTest, AsksTheMetricsBesideTheApi) {
  LoopbackModels models;
  models.SetPage("/metrics", kLlamaMetrics);
  models.SetPage("/slots", kLlamaSlots);
  EXPECT_EQ(*RequestsAt({models.url(), "sk-1"}, kNever), 5);
  EXPECT_EQ(models.key(), "Bearer sk-1");
  EXPECT_EQ(*RequestsAt({models.url() + "/v1/", ""}, kNever), 5) << "a URL with the API's path";
}

TEST(RequestsAtTest, AsksTheSlotsWhereThereAreNoMetrics) {
  LoopbackModels models;
  models.SetPage("/metrics",
                 R"({"error":{"code":501,"message":"This server does not support metrics endpoint.",
                     "type":"not_supported_error"}})",
                 501);
  models.SetPage("/slots", kLlamaSlots);
  EXPECT_EQ(*RequestsAt({models.url(), ""}, kNever), 2);
}

TEST(RequestsAtTest, OllamaAndLmStudioDoNotTell) {
  LoopbackModels ollama;  // "404 page not found"
  EXPECT_EQ(RequestsAt({ollama.url(), ""}, kNever).status().reason(), StatusReason::kNotFound);
  LoopbackModels studio;
  studio.SetPage("/metrics", R"j({"error":"Unexpected endpoint or method. (GET /metrics)"})j");
  studio.SetPage("/slots", R"j({"error":"Unexpected endpoint or method. (GET /slots)"})j");
  EXPECT_EQ(RequestsAt({studio.url(), ""}, kNever).status().reason(), StatusReason::kNotFound);
}

TEST(RequestsAtTest, AServerThatIsAwayOrGivenUpIsNoAnswer) {
  LoopbackModels models;
  EXPECT_EQ(RequestsAt({models.url(), ""}, [] { return true; }).status().reason(),
            StatusReason::kTimeout);
}

}  // namespace
}  // namespace noizy::nodeagent
