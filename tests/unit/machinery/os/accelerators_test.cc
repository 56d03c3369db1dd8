#include "machinery/os/host.h"
#include "machinery/os/fd.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

TEST(AcceleratorsTest, ReadsTheToolsAnswer) {
  const auto gpus = ParseNvidiaSmi(
      "NVIDIA GeForce RTX 4090, 24564, 550.54.14, 37\nTesla T4, 15360, 535.1, [N/A]\n");
  ASSERT_EQ(gpus.size(), 2U);
  EXPECT_EQ(gpus[0].name, "NVIDIA GeForce RTX 4090");
  EXPECT_EQ(gpus[0].memory_bytes, std::int64_t{24564} << 20);
  EXPECT_EQ(gpus[0].driver, "550.54.14");
  EXPECT_EQ(gpus[0].utilization_percent, 37.0);
  EXPECT_EQ(gpus[1].utilization_percent, 0.0);
}

TEST(AcceleratorsTest, LeavesOutWhatMakesNoSense) {
  EXPECT_TRUE(ParseNvidiaSmi("").empty());
  EXPECT_TRUE(ParseNvidiaSmi("No devices were found\n\n").empty());
}

TEST(AcceleratorsTest, AsksTheTool) {
  const ScratchFolder scratch;
  const std::string tool = scratch / "smi";
  ASSERT_TRUE(WriteFileAtomically(tool, "#!/bin/sh\necho \"Fake, 1024, 1.0, 5\"\n",
                                  Durability::kAtomic, 0700)
                  .ok());
  const auto gpus = ReadAccelerators(tool);
  ASSERT_EQ(gpus.size(), 1U);
  EXPECT_EQ(gpus[0].name, "Fake");
  ASSERT_TRUE(WriteFileAtomically(tool, "#!/bin/sh\necho \"Fake, 1024, 1.0, 5\"\nexit 9\n",
                                  Durability::kAtomic, 0700)
                  .ok());
  EXPECT_TRUE(ReadAccelerators(tool).empty());
  EXPECT_TRUE(ReadAccelerators("no-such-tool").empty());
}

TEST(AcceleratorSamplerTest, KeepsAskingAndForgetsNothing) {
  const ScratchFolder scratch;
  const std::string tool = scratch / "smi";
  const auto answer = [&](const std::string& script) {
    ASSERT_TRUE(WriteFileAtomically(tool, "#!/bin/sh\n" + script, Durability::kAtomic, 0700).ok());
  };
  answer("echo \"Fake, 1024, 1.0, 5\"\n");
  const AcceleratorSampler sampler(tool, std::chrono::milliseconds(1));
  EXPECT_EQ(sampler.Latest().at(0).utilization_percent, 5.0);
  answer("echo \"Fake, 1024, 1.0, 80\"\n");
  for (int i = 0; i < 30'000 && sampler.Latest().at(0).utilization_percent != 80.0; ++i) {
    AwaitReadable({}, std::chrono::milliseconds(1));
  }
  EXPECT_EQ(sampler.Latest().at(0).utilization_percent, 80.0);
  answer("echo > " + scratch / "failed" + "; exit 1\n");
  for (int i = 0; i < 30'000 && !FileExists(scratch / "failed"); ++i) {
    AwaitReadable({}, std::chrono::milliseconds(1));
  }
  EXPECT_EQ(sampler.Latest().size(), 1U);
}

TEST(AcceleratorSamplerTest, MachineWithoutAny) {
  EXPECT_TRUE(AcceleratorSampler("no-such-tool").Latest().empty());
}

}  // namespace
}  // namespace noizy
