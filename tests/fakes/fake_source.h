// Feeds informers from a FakeApi, in one thread.
#pragma once

#include "machinery/base/executor.h"
#include "machinery/base/random.h"
#include "machinery/controller/informer.h"
#include "tests/fakes/fake_api.h"

namespace noizy {

struct FakeFeedOptions {
  /// When given, each event comes after a random delay of up to `longest_delay`; the order within a
  /// kind stays, as watches keep it, but kinds overtake each other. Otherwise each event comes with
  /// the executor's next turn.
  Random* shuffle = nullptr;
  Duration longest_delay = std::chrono::milliseconds(50);
};

/// `api` and `executor` outlive the sources and what they posted.
ObjectSourceFactory FakeSources(FakeApi& api, Executor& executor, FakeFeedOptions options = {});

}  // namespace noizy
