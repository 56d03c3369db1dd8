// A real model client before walls: providers in order, one deadline in real time.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "machinery/base/worker_pool.h"
#include "machinery/model/model_client.h"
#include "tests/robustness/fault_wall.h"

namespace noizy::model {

inline constexpr Duration kDeadline = std::chrono::milliseconds(1200);
// What a busy machine may add to it before the test calls it late.
inline constexpr Duration kSlack = std::chrono::milliseconds(600);

class ModelClientTest : public ::testing::Test {
 protected:
  /// A client of the providers "p1", "p2" and so on, who listen there.
  ModelClient& ClientOf(const std::vector<std::string>& urls, std::int64_t threshold = 5) {
    ModelClientOptions options;
    for (const std::string& url : urls) {
      Provider& provider = options.providers.emplace_back();
      provider.name = "p" + std::to_string(options.providers.size());
      provider.api = "openai";
      provider.base_url = url;
      provider.api_key = "k";
    }
    options.circuit.failure_threshold = threshold;
    options.circuit.open_for = std::chrono::milliseconds(300);
    const auto pause = [this](Duration span) { pool_.Pause(span); };
    client_ = std::make_unique<ModelClient>(
        ModelClientContext{RealClock::Instance(), random_, ConnectTo, pause}, std::move(options));
    return *client_;
  }

  /// Never past the deadline.
  Outcome Ask(ModelClient& client) {
    ChatRequest chat;
    chat.user = "which?";
    const MonotonicTime began = RealClock::Instance().Monotonic();
    Outcome outcome = client.Ask(chat, kDeadline, [](const ChatAnswer&) { return Status::Ok(); });
    EXPECT_LE(RealClock::Instance().Monotonic() - began, kDeadline + kSlack);
    return outcome;
  }

  WorkerPool pool_{1, 1};
  SeededRandom random_{3};
  std::unique_ptr<ModelClient> client_;
};

}  // namespace noizy::model
