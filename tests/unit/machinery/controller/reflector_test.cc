#include "machinery/controller/reflector.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "machinery/controller/informer.h"
#include "machinery/transport/url.h"
#include "tests/fakes/fake_api.h"
#include "tests/fakes/widget.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ReflectorTest : public testing::Test {
 protected:
  ReflectorTest() { api_.AddKind<Widget>(); }

  Duration Step() { return reflector_.Step(cancelled_); }
  std::vector<std::string> Told() { return std::exchange(told_, {}); }
  std::string LastQuery(std::string_view parameter) {
    return std::string(FindParameter(*ParseQuery(api_.Requests().back().query), parameter));
  }

  FakeClock clock_;
  FakeApi api_{clock_};
  Client client_{api_.Transport()};
  SeededRandom random_{5};
  std::vector<std::string> told_;
  std::atomic<bool> cancelled_{false};
  Reflector reflector_{
      client_,
      ResourceOf<Widget>(),
      {},
      clock_,
      random_,
      {[this](const std::vector<Value>& objects) {
         told_.push_back("list of " + std::to_string(objects.size()));
       },
       [this](const WatchEvent& event) {
         told_.push_back(std::string(NameOf(event.object)) +
                         (event.type == WatchEvent::Type::kDeleted ? " deleted" : ""));
       }}};
};

using Texts = std::vector<std::string>;

TEST_F(ReflectorTest, ListsThenWatchesFromThere) {
  api_.Put(MakeWidget("default", "a"));
  EXPECT_EQ(Step(), Duration::zero());
  EXPECT_EQ(Told(), Texts{"list of 1"});
  const std::string listed_at = std::to_string(api_.ResourceVersion());
  api_.Put(MakeWidget("default", "b"));
  api_.Erase(ResourceOf<Widget>(), {"default", "a"});
  EXPECT_EQ(Step(), Duration::zero());
  EXPECT_EQ(Told(), (Texts{"b", "a deleted"}));
  EXPECT_EQ(LastQuery("watch"), "true");
  EXPECT_EQ(LastQuery("allowWatchBookmarks"), "true");
  EXPECT_EQ(LastQuery("resourceVersion"), listed_at);
  EXPECT_GE(std::stol(LastQuery("timeoutSeconds")), kShortestWatchSeconds);
}

TEST_F(ReflectorTest, ResumesAfterTheLastEvent) {
  Step();
  api_.Put(MakeWidget("default", "a"));
  Step();
  const std::string seen = std::to_string(api_.ResourceVersion());
  Told();
  Step();
  EXPECT_EQ(LastQuery("resourceVersion"), seen);
  EXPECT_EQ(Told(), Texts{});
}

TEST_F(ReflectorTest, BookmarksMoveThePosition) {
  api_.AddKind<Gadget>();
  Step();
  api_.Put(Gadget{}.ToValue());  // another kind's write moves the revision on
  EXPECT_EQ(Step(), Duration::zero());
  EXPECT_EQ(Told(), Texts{"list of 0"});
  Step();
  EXPECT_EQ(LastQuery("resourceVersion"), std::to_string(api_.ResourceVersion()));
}

TEST_F(ReflectorTest, ListsAgainAtOnceWhenThePositionHasExpired) {
  Step();
  Told();
  api_.Put(MakeWidget("default", "a"));
  api_.Compact();
  EXPECT_EQ(Step(), Duration::zero());
  EXPECT_EQ(Told(), Texts{});
  EXPECT_EQ(Step(), Duration::zero());
  EXPECT_EQ(Told(), Texts{"list of 1"});
}

TEST_F(ReflectorTest, AServerWhoseEveryVersionExpiresIsNotAskedInALoop) {
  api_.SetFault([](const HttpRequest& request) {
    const bool watch = request.query.find("watch=true") != std::string::npos;
    return watch ? Status(StatusReason::kExpired, "gone") : Status::Ok();
  });
  Duration waited = Duration::zero();
  for (int step = 0; step < 12; ++step) waited += Step();
  EXPECT_GT(waited, seconds(2));
}

TEST_F(ReflectorTest, ErrorsBackOffUpToALimitAndKeepThePosition) {
  Step();
  const std::string position = std::to_string(api_.ResourceVersion());
  api_.SetFault([](const HttpRequest&) { return Unavailable("not now"); });
  Duration last = Duration::zero();
  for (int failure = 0; failure < 6; ++failure) {
    const Duration wait = Step();
    EXPECT_GT(wait, last);
    last = wait;
  }
  for (int failure = 0; failure < 20; ++failure) EXPECT_LE(Step(), kLongestRelistBackoff * 5 / 4);
  api_.SetFault(nullptr);
  Step();
  EXPECT_EQ(LastQuery("resourceVersion"), position);
}

TEST_F(ReflectorTest, AWatchThatEndsAtOnceIsNotABusyLoop) {
  Step();
  Step();  // the bookmark
  EXPECT_GT(Step(), Duration::zero());
}

TEST_F(ReflectorTest, ASilentWatchIsAskedForAnew) {
  Step();
  api_.SetWatchMode(FakeApi::WatchMode::kKeepOpen);
  std::atomic<bool> ended{false};
  std::thread timekeeper([&] {
    while (!ended) {
      clock_.Advance(seconds(1));
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(Step(), Duration::zero());  // comes back by itself
  ended = true;
  timekeeper.join();
  EXPECT_GT(clock_.Monotonic().time_since_epoch(), kLongestSilence);
}

TEST_F(ReflectorTest, FailedListsAreTriedAgain) {
  api_.SetFault([](const HttpRequest&) { return Unavailable("not now"); });
  EXPECT_GT(Step(), Duration::zero());
  EXPECT_EQ(Told(), Texts{});
  api_.SetFault(nullptr);
  EXPECT_EQ(Step(), Duration::zero());
  EXPECT_EQ(Told(), Texts{"list of 0"});
}

// With real threads: an informer over a watch that stays open.
class ReflectorSourcesTest : public testing::Test {
 protected:
  ReflectorSourcesTest() {
    api_.AddKind<Widget>();
    api_.SetWatchMode(FakeApi::WatchMode::kKeepOpen);
  }
  // Asks on the executor, again and again, until it is true; false after ten seconds.
  bool Eventually(const std::function<bool()>& ask) {
    std::promise<bool> answer;
    const MonotonicTime end = RealClock::Instance().Monotonic() + seconds(10);
    std::function<void()> look = [&] {
      const bool yes = ask();
      if (yes || RealClock::Instance().Monotonic() > end) return answer.set_value(yes);
      executor_.PostAfter(milliseconds(1), look);
    };
    executor_.Post(look);
    return answer.get_future().get();
  }
  void OnExecutor(const std::function<void()>& function) {
    ASSERT_TRUE(Eventually([&] {
      function();
      return true;
    }));
  }

  FakeApi api_{RealClock::Instance()};
  ThreadExecutor executor_;
  InformerFactory informers_{ReflectorSources(std::make_shared<Client>(api_.Transport()), executor_,
                                              RealClock::Instance(), SystemRandom::Instance()),
                             executor_};
};

TEST_F(ReflectorSourcesTest, TheLocalCopyFollows) {
  const Lister<Widget>& widgets = informers_.Get<Widget>().lister();
  api_.Put(MakeWidget("default", "a"));
  OnExecutor([&] { informers_.Start(); });
  EXPECT_TRUE(Eventually([&] { return informers_.HasSynced(); }));
  for (int i = 0; i < 50; ++i) api_.Put(MakeWidget("default", "w" + std::to_string(i)));
  api_.Erase(ResourceOf<Widget>(), {"default", "a"});
  EXPECT_TRUE(Eventually([&] {
    return widgets.All().size() == 50 && !widgets.Get({"default", "a"});
  }));
  OnExecutor([&] { informers_.Stop(); });
}

TEST_F(ReflectorSourcesTest, StopWhileEventsPourInLeavesNothingBehind) {
  for (int round = 0; round < 20; ++round) {
    auto informers = std::make_unique<InformerFactory>(
        ReflectorSources(std::make_shared<Client>(api_.Transport()), executor_,
                         RealClock::Instance(), SystemRandom::Instance()),
        executor_);
    OnExecutor([&] {
      informers->Get<Widget>();
      informers->Start();
    });
    for (int i = 0; i < 20; ++i) api_.Put(MakeWidget("default", "w" + std::to_string(i)));
    OnExecutor([&] { informers.reset(); });
  }
  OnExecutor([] {});  // what was still posted has run
}

}  // namespace
}  // namespace noizy
