// Controllers over a FakeApi in one thread, under virtual time.
//
//   ReconcilerHarness harness;
//   harness.api.AddKind<Task>();
//   Controller& controller = harness.Add(std::make_unique<TaskReconciler>(harness.Context(), …));
//   controller.For<Task>();
//   harness.api.Put(…);
//   harness.Settle();                       // starts on first use; runs all that is due within ten
//   seconds EXPECT_EQ(harness.api.Find<Task>({"default", "a"})->status.phase, "Scheduled");
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "machinery/base/executor.h"
#include "machinery/base/random.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "tests/fakes/fake_api.h"

namespace noizy {

enum class FeedOrder : std::uint8_t {
  kAsWritten,
  kShuffled,  // kinds overtake each other, told by the seed
};

/// One thread. Members are public: tests look and reach everywhere. Starts on 2026-01-01T00:00:00Z.
class ReconcilerHarness {
 public:
  explicit ReconcilerHarness(FeedOrder order = FeedOrder::kAsWritten, std::uint64_t seed = 1);
  ~ReconcilerHarness();

 private:
  const FeedOrder order_;  // before what is fed

 public:
  FakeClock clock;
  FakeExecutor executor;
  SeededRandom random;
  SeededRandom feed_random;
  FakeApi api;
  Client client;
  InformerFactory informers;
  EventRecorder events;

  ControllerContext Context();
  /// What feeds `informers`, for those that a controller makes itself.
  ObjectSourceFactory Sources();
  /// Makes a controller; register what it watches before the first Settle. Lives as long as the
  /// harness.
  Controller& Add(std::unique_ptr<Reconciler> reconciler);
  /// Runs everything that falls due within `time`, starting informers and controllers the first
  /// time.
  void Settle(Duration time = std::chrono::seconds(10));
  /// Every informer's local copy, serialised: equal texts mean that nothing in a cache was touched.
  std::string CacheText() const;
  /// The Events written so far, "Normal Scheduled Task/a: message" each.
  std::vector<std::string> EventTexts() const;

 private:
  bool started_ = false;
  std::vector<std::unique_ptr<Controller>> controllers_;
};

}  // namespace noizy
