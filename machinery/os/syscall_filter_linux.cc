// The system calls of those who run a machine, which a confined program has no use for: with no
// capability it could do nothing with most of them but look for the kernel's faults. A list of what
// is denied, as container runtimes have it.
#include "machinery/os/confine.h"

#ifdef NOIZY_SECCOMP

#include <linux/sched.h>
#include <seccomp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "machinery/os/fd.h"
#include "machinery/os/files.h"

namespace noizy {
namespace {

// By name: those that the kernel got later than libseccomp are left out.
constexpr std::array kDenied = {
    // What is mounted where.
    "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree",
    "open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "swapon",
    "swapoff", "quotactl", "quotactl_fd", "open_by_handle_at", "name_to_handle_at", "fanotify_init",
    // Other processes, and other namespaces.
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "setns",
    // The kernel itself.
    "kexec_load", "kexec_file_load", "reboot", "init_module", "finit_module", "delete_module",
    "create_module", "query_module", "get_kernel_syms", "bpf", "perf_event_open", "userfaultfd",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl", "add_key", "request_key",
    "lookup_dcookie", "nfsservctl", "_sysctl", "sysfs", "uselib", "ustat", "vm86", "vm86old",
    // The machine.
    "acct", "syslog", "vhangup", "iopl", "ioperm", "settimeofday", "clock_settime", "stime",
    "sethostname", "setdomainname"};

constexpr std::array<unsigned long, 8> kNamespaces = {CLONE_NEWUSER,   CLONE_NEWNS,  CLONE_NEWPID,
                                                      CLONE_NEWNET,    CLONE_NEWIPC, CLONE_NEWUTS,
                                                      CLONE_NEWCGROUP, 0x80 /* CLONE_NEWTIME */};

using Context = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

bool Deny(scmp_filter_ctx context, const char* name) {
  const int number = ::seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) return true;
  return ::seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), number, 0) == 0;
}

// New namespaces, which give whoever makes one the privileges within. What clone3 is asked for lies
// in memory that a filter cannot read: programs are told that there is none, and then use clone.
bool DenyNamespaces(scmp_filter_ctx context) {
  for (const int number : {SCMP_SYS(unshare), SCMP_SYS(clone)}) {
    for (const unsigned long flag : kNamespaces) {
      // The lowest byte of clone's flags is a signal.
      if (number == SCMP_SYS(clone) && flag < 0x100) continue;
      const scmp_arg_cmp asked{0, SCMP_CMP_MASKED_EQ, flag, flag};
      if (::seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), number, 1, asked) != 0) return false;
    }
  }
  return ::seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

// Programs of the 32-bit kind that the processor also runs are held by the same rules.
bool AddSmallerKind(scmp_filter_ctx context) {
  const std::uint32_t native = ::seccomp_arch_native();
  if (native == SCMP_ARCH_X86_64) return ::seccomp_arch_add(context, SCMP_ARCH_X86) == 0;
  if (native == SCMP_ARCH_AARCH64) return ::seccomp_arch_add(context, SCMP_ARCH_ARM) == 0;
  return true;
}

SyscallFilter MakeFilter() {
  const Context context(::seccomp_init(SCMP_ACT_ALLOW), ::seccomp_release);
  bool made = context != nullptr && AddSmallerKind(context.get());
  constexpr std::uint32_t kBinaryTree = 2;
  made = made && ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, kBinaryTree) == 0;
  for (const char* name : kDenied) made = made && Deny(context.get(), name);
  made = made && DenyNamespaces(context.get());
  auto file = MakeAnonymousFile("");
  made = made && file.ok() && ::seccomp_export_bpf(context.get(), file->get()) == 0;
  const off_t bytes = made ? ::lseek(file->get(), 0, SEEK_END) : 0;
  SyscallFilter filter(static_cast<std::size_t>(bytes) / sizeof(sock_filter));
  if (::pread(made ? file->get() : -1, filter.data(), static_cast<std::size_t>(bytes), 0) != bytes)
    return {};
  return filter;
}

}  // namespace

const SyscallFilter& ConfinedFilter() {
  static const SyscallFilter filter = MakeFilter();
  return filter;
}

}  // namespace noizy

#else

namespace noizy {

const SyscallFilter& ConfinedFilter() {
  static const SyscallFilter none;
  return none;
}

}  // namespace noizy

#endif

namespace noizy {

bool FiltersSystemCalls() {
  return !ConfinedFilter().empty();
}

}  // namespace noizy
