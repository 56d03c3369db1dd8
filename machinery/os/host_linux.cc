#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <sstream>

#include "machinery/os/files.h"
#include "machinery/os/host.h"
#include "machinery/os/parse_number.h"
#include "machinery/os/process.h"

namespace noizy {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\"\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The value of the first line "KEY<separator>VALUE" of a file.
std::string LineValue(const std::string& path, std::string_view key, char separator) {
  std::istringstream lines(ReadFile(path).ValueOr(""));
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(separator);
    if (at == std::string::npos || Trim(line.substr(0, at)) != key) continue;
    return std::string(Trim(std::string_view(line).substr(at + 1)));
  }
  return "";
}

// /proc/meminfo counts in "kB", meaning KiB.
std::int64_t MemoryBytes(std::string_view key) {
  constexpr std::int64_t kKiB = 1024;
  return ParseNumber<std::int64_t>(LineValue("/proc/meminfo", key, ':')) * kKiB;
}

std::string GoArch(std::string_view machine) {
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  return std::string(machine);
}

std::string AddressText(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text.data(),
                text.size());
  } else if (address->sa_family == AF_INET6) {
    const in6_addr& ip = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    // A link-local address means nothing without the interface, which the control plane does not
    // share.
    if (!IN6_IS_ADDR_LINKLOCAL(&ip)) ::inet_ntop(AF_INET6, &ip, text.data(), text.size());
  }
  return text.data();
}

std::vector<std::string> ReadAddresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
  std::vector<std::string> addresses;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_LOOPBACK) != 0 ||
        (entry->ifa_flags & IFF_UP) == 0) {
      continue;
    }
    if (std::string text = AddressText(entry->ifa_addr); !text.empty())
      addresses.push_back(std::move(text));
  }
  return addresses;
}

}  // namespace

HostFacts ReadHostFacts() {
  HostFacts facts;
  utsname names{};
  ::uname(&names);
  facts.os = "linux";
  facts.arch = GoArch(names.machine);
  facts.kernel_version = names.release;
  facts.hostname = names.nodename;
  facts.os_image = LineValue("/etc/os-release", "PRETTY_NAME", '=');
  facts.cpu_model = LineValue("/proc/cpuinfo", "model name", ':');
  facts.cpu_cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  facts.memory_bytes = MemoryBytes("MemTotal");
  facts.boot_id = BootId();
  facts.addresses = ReadAddresses();
  return facts;
}

Result<DiskSpace> ReadDiskSpace(const std::string& path) {
  struct statvfs facts {};
  if (::statvfs(path.c_str(), &facts) != 0)
    return SystemError("read the free space of " + path, errno);
  const auto block = static_cast<std::int64_t>(facts.f_frsize);
  return DiskSpace{static_cast<std::int64_t>(facts.f_blocks) * block,
                   static_cast<std::int64_t>(facts.f_bavail) * block};
}

HostUsage HostUsageSampler::Sample() {
  // "cpu  user nice system idle iowait irq softirq steal …"; guest times are counted in user
  // already.
  std::istringstream line(ReadFile("/proc/stat").ValueOr(""));
  std::string word;
  line >> word;
  std::array<std::uint64_t, 8> ticks{};
  for (std::uint64_t& tick : ticks) line >> tick;
  std::uint64_t total = 0;
  for (const std::uint64_t tick : ticks) total += tick;
  const std::uint64_t busy = total - ticks[3] - ticks[4];

  HostUsage usage;
  // The kernel's idle counter may step back a little.
  if (total > total_ && busy >= busy_) {
    usage.cpu_percent = std::min(
        100.0, 100.0 * static_cast<double>(busy - busy_) / static_cast<double>(total - total_));
  }
  busy_ = busy;
  total_ = total;
  usage.memory_bytes = MemoryBytes("MemTotal") - MemoryBytes("MemAvailable");
  usage.load1 = ParseNumber<double>(ReadFile("/proc/loadavg").ValueOr("0"));
  return usage;
}

}  // namespace noizy
