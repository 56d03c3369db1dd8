// Who a confined program is. After capabilities(7), credentials(7) and what container runtimes do.
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "machinery/os/confine.h"

namespace noizy {
namespace {

// By number: glibc's wrappers have every thread of the process follow, and would reach for those of
// the process whose memory a vforked child borrows. The plain numbers take ids of 16 bits where
// there are others.
#ifdef SYS_setresuid32
constexpr long kSetGroups = SYS_setgroups32;
constexpr long kSetGroup = SYS_setresgid32;
constexpr long kSetUser = SYS_setresuid32;
#else
constexpr long kSetGroups = SYS_setgroups;
constexpr long kSetGroup = SYS_setresgid;
constexpr long kSetUser = SYS_setresuid;
#endif

// What a program could gain by running a file that has capabilities, or is root's with setuid.
bool DropBoundingSet() {
  for (unsigned long capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    if (::prctl(PR_CAPBSET_READ, capability) == 0) continue;
    if (::prctl(PR_CAPBSET_DROP, capability) != 0) return false;
  }
  return true;
}

bool TakeIdentity(const User& user) {
  return ::syscall(kSetGroups, user.groups.size(), user.groups.data()) == 0 &&
         ::syscall(kSetGroup, user.group, user.group, user.group) == 0 &&
         ::syscall(kSetUser, user.id, user.id, user.id) == 0;
}

// Between two users that are not root they would stay. Takes the ambient ones along.
bool DropCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  return ::syscall(SYS_capset, &header, none.data()) == 0;
}

}  // namespace

int BecomeUser(const User& user) {
  errno = 0;
  const bool became = DropBoundingSet() && (IsThisUser(user) || TakeIdentity(user)) &&
                      DropCapabilities() && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  return became ? 0 : errno;
}

int FilterSystemCalls(const SyscallFilter& filter) {
  if (filter.empty()) return 0;
  const sock_fprog program{static_cast<unsigned short>(filter.size()),
                           const_cast<sock_filter*>(filter.data())};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : errno;
}

}  // namespace noizy
