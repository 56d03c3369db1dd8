#include "nodeagent/fingerprint.h"

namespace noizy::nodeagent {
namespace {

TEST(FingerprintTest, TellsFactsAndCapacity) {
  HostFacts host;
  host.os = "linux";
  host.arch = "amd64";
  host.cpu_cores = 8;
  host.memory_bytes = std::int64_t{16} << 30;
  host.addresses = {"10.0.0.1"};
  const v1::NodeFacts facts =
      MakeNodeFacts(host, {{"RTX", 1 << 20, "550", 30}, {"RTX", 1 << 20, "550", 50}},
                    {std::int64_t{1} << 40, 0}, {"exec", "shell"}, "v1");
  EXPECT_EQ(facts.os(), "linux");
  EXPECT_EQ(facts.agent_version(), "v1");
  EXPECT_EQ(facts.capacity().at("cpu"), "8");
  EXPECT_EQ(facts.capacity().at("memory"), "16777216Ki");
  EXPECT_EQ(facts.capacity().at("ephemeral-storage"), "1073741824Ki");
  EXPECT_EQ(facts.capacity().at("noizy.dev/gpu"), "2");
  EXPECT_EQ(facts.gpus(1).driver(), "550");
  EXPECT_EQ(facts.addresses(0), "10.0.0.1");
  ASSERT_EQ(facts.capabilities_size(), 3);
  EXPECT_EQ(facts.capabilities(2), "gpu");
}

TEST(FingerprintTest, MakesUpNoGpu) {
  const v1::NodeFacts facts = MakeNodeFacts({}, {}, {}, {"exec"}, "v1");
  EXPECT_EQ(facts.capacity().count("noizy.dev/gpu"), 0U);
  EXPECT_EQ(facts.capabilities_size(), 1);
  EXPECT_EQ(MakeUsage({}, {}, {}, 0).gpu_percent(), 0.0);
}

TEST(FingerprintTest, UsageIsTheGpusMean) {
  const v1::Usage usage =
      MakeUsage({12.5, 1000, 0.5}, {100, 40}, {{"", 0, "", 30}, {"", 0, "", 50}}, 3);
  EXPECT_EQ(usage.cpu_percent(), 12.5);
  EXPECT_EQ(usage.memory_bytes(), 1000);
  EXPECT_EQ(usage.load1(), 0.5);
  EXPECT_EQ(usage.disk_free_bytes(), 40);
  EXPECT_EQ(usage.gpu_percent(), 40.0);
  EXPECT_EQ(usage.running_tasks(), 3);
}

}  // namespace
}  // namespace noizy::nodeagent
