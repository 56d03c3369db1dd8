#include "apiserver/listener/task_phases.h"

#include "apiserver/storage/memory_store.h"
#include "tests/unit/apiserver/storage/store_testing.h"

namespace noizy::apiserver {
namespace {

void Put(Store& store, const std::string& name, std::int64_t expected, const std::string& phase) {
  WriteOp op = PutOp(TaskKey(name), expected);
  op.attributes.fields = {{"spec.nodeName", "n1"}, {"status.phase", phase}};
  ASSERT_TRUE(WriteOne(store, std::move(op)).ok());
}

bool Shows(const std::string& line) {
  return MetricsText().find(line + "\n") != std::string::npos;
}

TEST(TaskPhases, AreCountedWhenAsked) {
  MemoryStore store;
  TaskPhases phases(store);
  Put(store, "a", 0, "Running");
  Put(store, "b", 0, "Running");
  Put(store, "c", 0, "Failed");
  phases.Count();
  EXPECT_TRUE(Shows(R"(noizy_tasks{phase="Running"} 2)"));
  EXPECT_TRUE(Shows(R"(noizy_tasks{phase="Failed"} 1)"));
}

TEST(TaskPhases, APhaseThatNobodyIsInAnyMoreShowsZero) {
  MemoryStore store;
  TaskPhases phases(store);
  Put(store, "a", 0, "Pending");
  phases.Count();
  Put(store, "a", store.Get(TaskKey("a"))->revision, "Scheduled");
  phases.Count();
  EXPECT_TRUE(Shows(R"(noizy_tasks{phase="Pending"} 0)"));
  EXPECT_TRUE(Shows(R"(noizy_tasks{phase="Scheduled"} 1)"));
}

}  // namespace
}  // namespace noizy::apiserver
