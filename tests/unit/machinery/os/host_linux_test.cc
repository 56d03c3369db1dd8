#include <fstream>
#include <thread>

#include "machinery/os/command.h"
#include "machinery/os/host.h"

namespace noizy {
namespace {

// The system's own tools are the oracle.
std::string Ask(const std::vector<std::string>& argv) {
  const auto answer = RunCommand(argv);
  if (!answer.ok()) return "";
  return answer->output.substr(0, answer->output.find('\n'));
}

TEST(HostTest, FactsAgreeWithTheSystemsTools) {
  const HostFacts facts = ReadHostFacts();
  EXPECT_EQ(facts.os, "linux");
  EXPECT_TRUE(facts.arch == "amd64" || facts.arch == "arm64") << facts.arch;
  EXPECT_EQ(facts.kernel_version, Ask({"uname", "-r"}));
  EXPECT_EQ(facts.hostname, Ask({"uname", "-n"}));
  EXPECT_EQ(std::to_string(facts.cpu_cores), Ask({"getconf", "_NPROCESSORS_ONLN"}));
  EXPECT_EQ(facts.boot_id, Ask({"cat", "/proc/sys/kernel/random/boot_id"}));
  EXPECT_EQ(std::to_string(facts.memory_bytes / 1024),
            Ask({"awk", "/^MemTotal:/ {print $2}", "/proc/meminfo"}));
  EXPECT_EQ(facts.os_image, Ask({"sh", "-c", ". /etc/os-release; echo \"$PRETTY_NAME\""}));
  for (const std::string& address : facts.addresses)
    EXPECT_FALSE(address.starts_with("127.")) << address;
}

TEST(HostTest, DiskSpaceAgreesWithDf) {
  const auto space = ReadDiskSpace("/tmp");
  ASSERT_TRUE(space.ok());
  EXPECT_EQ(std::to_string(space->total_bytes),
            Ask({"sh", "-c", "df -B1 --output=size /tmp | tail -1 | tr -d ' '"}));
  EXPECT_GT(space->free_bytes, 0);
  EXPECT_LE(space->free_bytes, space->total_bytes);
  EXPECT_EQ(ReadDiskSpace("/no/such").status().reason(), StatusReason::kNotFound);
}

TEST(HostTest, UsageSeesABusyCore) {
  HostUsageSampler sampler;
  (void)sampler.Sample();
  const auto answer = RunCommand({"sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"});
  ASSERT_TRUE(answer.ok());
  const HostUsage usage = sampler.Sample();
  EXPECT_GT(usage.cpu_percent, 1.0);
  EXPECT_LE(usage.cpu_percent, 100.0);
  EXPECT_GT(usage.memory_bytes, 0);
  EXPECT_LT(usage.memory_bytes, ReadHostFacts().memory_bytes);
  EXPECT_GE(usage.load1, 0.0);
}

}  // namespace
}  // namespace noizy
