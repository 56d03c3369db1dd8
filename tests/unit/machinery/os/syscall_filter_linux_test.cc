// Under the filter as root, so that nothing else denies.
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "machinery/os/confine.h"

namespace noizy {
namespace {

class SyscallFilterTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!FiltersSystemCalls()) GTEST_SKIP() << "built without libseccomp";
  }
  // What the system call says in a process of its own with the filter; 0: it went well.
  static int ErrorOf(long number, long first = 0, long second = 0) {
    const SyscallFilter& filter = ConfinedFilter();
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      if (FilterSystemCalls(filter) != 0) ::_exit(255);
      const long got = ::syscall(number, first, second, 0, 0, 0, 0);
      if (number == SYS_clone && got == 0) ::_exit(0);
      ::_exit(got < 0 ? errno : 0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

TEST_F(SyscallFilterTest, DeniesWhatIsForThoseWhoRunTheMachine) {
  for (const long number : {SYS_mount,
                            SYS_umount2,
                            SYS_pivot_root,
                            SYS_chroot,
                            SYS_ptrace,
                            SYS_kexec_load,
                            SYS_bpf,
                            SYS_keyctl,
                            SYS_add_key,
                            SYS_reboot,
                            SYS_init_module,
                            SYS_finit_module,
                            SYS_delete_module,
                            SYS_userfaultfd,
                            SYS_perf_event_open,
                            SYS_setns,
                            SYS_process_vm_readv,
                            SYS_swapon,
                            SYS_io_uring_setup,
                            SYS_open_by_handle_at,
                            SYS_move_mount,
                            SYS_fsopen,
                            SYS_syslog}) {
    // Descriptors and addresses that are none: without the filter it is these that are told.
    EXPECT_EQ(ErrorOf(number, -1, -1), EPERM) << number;
  }
}

TEST_F(SyscallFilterTest, DeniesNamespacesAndNotForks) {
  for (const long flag : {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC,
                          CLONE_NEWUTS, CLONE_NEWCGROUP}) {
    EXPECT_EQ(ErrorOf(SYS_unshare, flag), EPERM) << flag;
    EXPECT_EQ(ErrorOf(SYS_clone, flag | SIGCHLD), EPERM) << flag;
    EXPECT_EQ(ErrorOf(SYS_clone, flag | CLONE_FS | SIGCHLD), EPERM) << flag;
  }
  EXPECT_EQ(ErrorOf(SYS_unshare, CLONE_FS), 0);
  EXPECT_EQ(ErrorOf(SYS_clone, SIGCHLD), 0);
  EXPECT_EQ(ErrorOf(SYS_clone3), ENOSYS) << "its flags cannot be looked at: clone is used then";
  EXPECT_EQ(ErrorOf(SYS_getpid), 0);
}

}  // namespace
}  // namespace noizy
