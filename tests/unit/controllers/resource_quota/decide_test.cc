#include "controllers/resource_quota/decide.h"

#include <gtest/gtest.h>

namespace noizy::resource_quota {
namespace {

std::shared_ptr<const Task> TaskThat(const std::string& phase, const std::string& node) {
  auto task = std::make_shared<Task>();
  task->spec.exec.emplace().command = {"true"};
  task->spec.resources.requests = {{"cpu", "1500m"}, {"memory", "1Gi"}};
  task->status.phase = phase;
  task->status.node_name = node;
  return task;
}

TEST(ResourceQuotaDecide, SumsUpWhatHoldsANode) {
  ResourceQuota quota;
  quota.spec.hard = {{"cpu", "8"},           {"requests.cpu", "8"},    {"requests.memory", "16Gi"},
                     {"noizy.dev/gpu", "2"}, {"limits.memory", "1Gi"}, {"tasks", "20"}};
  const ResourceQuotaStatus status =
      Decide(quota, {TaskThat("Running", "n"), TaskThat("Scheduled", "n"), TaskThat("Pending", ""),
                     TaskThat("Succeeded", "n")});
  EXPECT_EQ(status.hard, quota.spec.hard);
  const std::map<std::string, IntOrString> expected = {{"cpu", "3"},
                                                       {"requests.cpu", "3"},
                                                       {"requests.memory", "2Gi"},
                                                       {"noizy.dev/gpu", "0"},
                                                       {"tasks", "2"}};
  EXPECT_EQ(status.used, expected);
}

}  // namespace
}  // namespace noizy::resource_quota
