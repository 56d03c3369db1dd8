#include "apiserver/agents/node_facts.h"

#include <gtest/gtest.h>

#include <cmath>

namespace noizy::apiserver {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};

TEST(NodeFacts, ANodesNameIsItsCertificates) {
  EXPECT_EQ(NodeNameOf({"system:node:hp-omen", {"system:nodes"}, "1"}).ValueOr(""), "hp-omen");
  for (const PeerIdentity& peer :
       {PeerIdentity{"admin", {"system:masters"}, "1"}, PeerIdentity{"system:node:a", {}, "1"},
        PeerIdentity{"system:node:", {"system:nodes"}, "1"},
        PeerIdentity{"a", {"system:nodes"}, "1"}}) {
    EXPECT_EQ(NodeNameOf(peer).status().reason(), StatusReason::kForbidden) << peer.common_name;
  }
}

v1::NodeFacts Facts() {
  v1::NodeFacts facts;
  facts.set_os("linux");
  facts.set_arch("amd64");
  facts.set_hostname("box");
  facts.set_cpu_cores(8);
  facts.set_boot_id("b");
  auto& gpu = *facts.add_gpus();
  gpu.set_name("rtx");
  gpu.set_memory_bytes(8);
  (*facts.mutable_capacity())["cpu"] = "8";
  (*facts.mutable_capacity())["memory"] = "16Gi";
  facts.add_capabilities("shell");
  facts.add_capabilities("exec");
  facts.add_addresses("192.168.1.2");
  return facts;
}

TEST(NodeFacts, HelloFillsTheStatusAndLeavesConditionsAlone) {
  Node node;
  node.spec.capabilities = {"render", "exec"};
  node.status.conditions = {{"Ready", "False", "NeverSeen", "", "", 0}};
  node.status.capacity["gone"] = "1";
  const NodeStatus status = StatusAfterHello(node, Facts(), kNow);
  EXPECT_EQ(status.conditions, node.status.conditions);
  EXPECT_EQ(status.node_info->os, "linux");
  EXPECT_EQ(status.node_info->cpu_cores, 8);
  EXPECT_EQ(status.node_info->gpus.at(0).name, "rtx");
  EXPECT_EQ(status.capabilities, (std::vector<std::string>{"exec", "render", "shell"}));
  EXPECT_EQ(status.capacity.size(), 2U);
  EXPECT_EQ(status.capacity.at("memory"), "16Gi");
  EXPECT_EQ(status.allocatable, status.capacity);
  EXPECT_EQ(status.addresses,
            (std::vector<NodeAddress>{{"InternalIP", "192.168.1.2"}, {"Hostname", "box"}}));
  EXPECT_EQ(status.lease->epoch, 1);
  EXPECT_EQ(status.lease->renew_time, "2026-01-01T00:00:00.000000Z");
}

TEST(NodeFacts, EachHelloBeginsAnEpoch) {
  Node node;
  NodeLease& lease = node.status.lease.emplace();
  lease.epoch = 7;
  lease.renew_time = "2025-01-01T00:00:00Z";
  lease.expired_time = "2025-01-01T00:00:09Z";
  const NodeStatus status = StatusAfterHello(node, Facts(), kNow);
  EXPECT_EQ(status.lease->epoch, 8);
  EXPECT_EQ(status.lease->expired_time, "");
}

TEST(NodeFacts, TheLongestGrantIsKeptUntilItsLeaseHasEnded) {
  Node node;
  node.spec.lease_duration_seconds = IntOrString("1");
  NodeLease& lease = node.status.lease.emplace();
  lease.granted_milliseconds = 4'000;
  EXPECT_EQ(StatusAfterHello(node, Facts(), kNow).lease->granted_milliseconds, 4'000);
  lease.expired_time = "2025-01-01T00:00:09Z";
  EXPECT_EQ(StatusAfterHello(node, Facts(), kNow).lease->granted_milliseconds, 1'000);
  node.spec.lease_duration_seconds = IntOrString("9");
  lease.expired_time.clear();
  EXPECT_EQ(StatusAfterHello(node, Facts(), kNow).lease->granted_milliseconds, 9'000);
}

TEST(NodeFacts, NumbersThatJsonCannotCarryBecomeZero) {
  v1::Usage usage;
  usage.set_cpu_percent(std::nan(""));
  usage.set_gpu_percent(INFINITY);
  usage.set_load1(1.5);
  const NodeUsage out = UsageOf(usage, kNow);
  EXPECT_EQ(out.cpu_percent, 0);
  EXPECT_EQ(out.gpu_percent, 0);
  EXPECT_EQ(out.load1, 1.5);
  EXPECT_EQ(out.observed_time, "2026-01-01T00:00:00Z");
}

TEST(NodeFacts, TheModelServersRequestsAreShown) {
  v1::Usage usage;
  usage.set_model_requests(7);
  EXPECT_EQ(UsageOf(usage, kNow).model_requests, 7);
  usage.set_model_requests(-7);
  EXPECT_EQ(UsageOf(usage, kNow).model_requests, 0);
}

TEST(NodeFacts, OnlyWhatAReaderWouldNoticeIsNews) {
  NodeUsage written;
  written.cpu_percent = 50;
  written.memory_bytes = 1000;
  written.disk_free_bytes = 1000;
  const auto news = [&](auto change) {
    NodeUsage next = written;
    change(next);
    return IsNews(written, next);
  };
  EXPECT_FALSE(news([](NodeUsage& u) { u.observed_time = "later"; }));
  EXPECT_FALSE(news([](NodeUsage& u) { u.cpu_percent = 54; }));
  EXPECT_TRUE(news([](NodeUsage& u) { u.cpu_percent = 45; }));
  EXPECT_FALSE(news([](NodeUsage& u) { u.memory_bytes = 1050; }));
  EXPECT_TRUE(news([](NodeUsage& u) { u.memory_bytes = 1051; }));
  EXPECT_TRUE(news([](NodeUsage& u) { u.disk_free_bytes = 900; }));
  EXPECT_TRUE(news([](NodeUsage& u) { u.running_tasks = 1; }));
  EXPECT_TRUE(news([](NodeUsage& u) { u.model_requests = 1; }));
  EXPECT_TRUE(news([](NodeUsage& u) { u.gpu_percent = 5; }));
  EXPECT_TRUE(news([](NodeUsage& u) { u.load1 = 0.5; }));
}

}  // namespace
}  // namespace noizy::apiserver
