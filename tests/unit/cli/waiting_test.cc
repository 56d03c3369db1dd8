#include "cli/waiting.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Waiting : public CliTest {
 protected:
  Status WaitFor(const WaitLimits& limits, const std::function<bool(const Value*)>& done) {
    Status status;
    grid_.Invoke({}, {"task", "a"}, [&](Invocation& invocation) {
      status = WaitForObject(invocation, NamedTargets(invocation)->front(), limits, done);
    });
    return status;
  }
};

TEST_F(Waiting, LimitsAreReachedByTimeOrByInterrupt) {
  WaitLimits limits;
  EXPECT_FALSE(limits.Reached(grid_.clock_));
  limits.deadline = grid_.clock_.Monotonic() + std::chrono::seconds(1);
  EXPECT_FALSE(limits.Reached(grid_.clock_));
  grid_.clock_.Advance(std::chrono::seconds(1));
  EXPECT_TRUE(limits.Reached(grid_.clock_));
  limits.deadline.reset();
  limits.interrupted = [] { return true; };
  EXPECT_TRUE(limits.Reached(grid_.clock_));
}

TEST_F(Waiting, ShowsEveryStateOnceItIsThere) {
  int streams = 0;
  grid_.OnStream([&](const HttpRequest&) {
    if (++streams == 1) grid_.PutTask("a");
    if (streams == 2) grid_.Progress("a", "phase: Running");
    if (streams == 3) grid_.api_.Erase({"noizy.dev", "v1", "tasks", true}, {"default", "a"});
  });
  std::string seen;
  EXPECT_TRUE(WaitFor({}, [&](const Value* object) {
                const std::string now =
                    object == nullptr
                        ? "none"
                        : "phase:" + std::string(StringAt(*object, {"status", "phase"}));
                if (!seen.ends_with(now + " ")) seen += now + " ";
                return seen.ends_with("Running none ");
              }).ok());
  EXPECT_EQ(seen, "none phase: phase:Running none ");
}

TEST_F(Waiting, AnInterruptThatIsToldOnceEndsIt) {
  grid_.OnStream([&](const HttpRequest&) { grid_.interrupt_ = true; });
  const WaitLimits limits{.deadline = std::nullopt,
                          .interrupted = [this] { return std::exchange(grid_.interrupt_, false); }};
  EXPECT_EQ(WaitFor(limits, [](const Value*) { return false; }).reason(), StatusReason::kTimeout);
}

TEST_F(Waiting, ErrorsEndIt) {
  grid_.api_.SetFault([](const HttpRequest& request) {
    return request.query.find("watch=true") != std::string::npos ? Forbidden("no watching")
                                                                 : Status::Ok();
  });
  EXPECT_EQ(WaitFor({}, [](const Value*) { return false; }).message(), "no watching");
}

}  // namespace
}  // namespace noizy::cli
