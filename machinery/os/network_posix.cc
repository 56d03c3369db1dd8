#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

#include <memory>

#include "machinery/os/network.h"

namespace noizy {

bool HasNetwork() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return true;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    const bool addressed = entry->ifa_addr != nullptr && (entry->ifa_addr->sa_family == AF_INET ||
                                                          entry->ifa_addr->sa_family == AF_INET6);
    constexpr unsigned int kAlive = IFF_UP | IFF_RUNNING;
    const bool alive = (entry->ifa_flags & kAlive) == kAlive;
    if (addressed && alive && (entry->ifa_flags & IFF_LOOPBACK) == 0) return true;
  }
  return false;
}

}  // namespace noizy
