#include "apiserver/agents/node_facts.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "apiserver/agents/leases.h"
#include "apiserver/authorization/identity.h"
#include "machinery/meta/time.h"

namespace noizy::apiserver {
namespace {

constexpr double kPercentNews = 5;
constexpr double kLoadNews = 0.5;
constexpr double kBytesNews = 0.05;  // of what was written

NodeSystemInfo InfoOf(const v1::NodeFacts& facts) {
  NodeSystemInfo info;
  info.os = facts.os();
  info.os_image = facts.os_image();
  info.arch = facts.arch();
  info.kernel_version = facts.kernel_version();
  info.hostname = facts.hostname();
  info.cpu_model = facts.cpu_model();
  info.cpu_cores = facts.cpu_cores();
  info.agent_version = facts.agent_version();
  info.boot_id = facts.boot_id();
  for (const v1::Gpu& gpu : facts.gpus()) {
    info.gpus.push_back({gpu.name(), gpu.memory_bytes(), gpu.driver()});
  }
  return info;
}

std::vector<NodeAddress> AddressesOf(const v1::NodeFacts& facts) {
  std::vector<NodeAddress> addresses;
  for (const std::string& address : facts.addresses()) addresses.push_back({"InternalIP", address});
  if (!facts.hostname().empty()) addresses.push_back({"Hostname", facts.hostname()});
  return addresses;
}

// A number that JSON can carry: an agent may divide by zero.
double Finite(double number) {
  return std::isfinite(number) ? number : 0;
}

bool BytesDiffer(std::int64_t written, std::int64_t next) {
  const auto change = std::abs(static_cast<double>(next) - static_cast<double>(written));
  return change > kBytesNews * static_cast<double>(std::max<std::int64_t>(written, 1));
}

}  // namespace

Result<std::string> NodeNameOf(const PeerIdentity& peer) {
  const bool is_node = std::find(peer.organizations.begin(), peer.organizations.end(),
                                 kNodesGroup) != peer.organizations.end();
  if (is_node && peer.common_name.starts_with(kNodeUserPrefix) &&
      peer.common_name.size() > kNodeUserPrefix.size()) {
    return peer.common_name.substr(kNodeUserPrefix.size());
  }
  return Forbidden("the certificate of \"" + peer.common_name +
                   "\" is no node's: a machine gets one by joining the grid");
}

NodeStatus StatusAfterHello(const Node& node, const v1::NodeFacts& facts, WallTime now) {
  NodeStatus status = node.status;
  status.node_info = InfoOf(facts);
  status.addresses = AddressesOf(facts);
  status.capacity.clear();
  for (const auto& [resource, quantity] : facts.capacity()) {
    status.capacity.emplace(resource, IntOrString(quantity));
  }
  status.allocatable = status.capacity;
  status.capabilities = CapabilitiesOf(node, facts.capabilities());
  NodeLease& lease = status.lease ? *status.lease : status.lease.emplace();
  // What was granted before may still be held, unless it is known to have ended.
  const bool ended = !lease.expired_time.empty();
  const Duration duration = LeaseDurationOf(node);
  SetGranted(lease, ended ? duration : std::max(duration, GrantedOf(node)));
  ++lease.epoch;
  lease.renew_time = FormatMicroTime(now);
  lease.expired_time.clear();
  lease.asleep_time.clear();
  lease.held_since.clear();
  return status;
}

std::vector<std::string> CapabilitiesOf(const Node& node, const CapabilityList& found) {
  std::vector<std::string> all = node.spec.capabilities;
  all.insert(all.end(), found.begin(), found.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

NodeUsage UsageOf(const v1::Usage& usage, WallTime now) {
  NodeUsage out;
  out.cpu_percent = Finite(usage.cpu_percent());
  out.memory_bytes = usage.memory_bytes();
  out.gpu_percent = Finite(usage.gpu_percent());
  out.load1 = Finite(usage.load1());
  out.running_tasks = usage.running_tasks();
  out.disk_free_bytes = usage.disk_free_bytes();
  out.model_requests = std::max(usage.model_requests(), 0);
  out.observed_time = FormatTime(now);
  return out;
}

bool IsNews(const NodeUsage& written, const NodeUsage& next) {
  return written.running_tasks != next.running_tasks ||
         written.model_requests != next.model_requests ||
         std::abs(written.cpu_percent - next.cpu_percent) >= kPercentNews ||
         std::abs(written.gpu_percent - next.gpu_percent) >= kPercentNews ||
         std::abs(written.load1 - next.load1) >= kLoadNews ||
         BytesDiffer(written.memory_bytes, next.memory_bytes) ||
         BytesDiffer(written.disk_free_bytes, next.disk_free_bytes);
}

}  // namespace noizy::apiserver
