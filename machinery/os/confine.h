// How a Confinement comes about. For this folder only.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/os/confinement.h"

namespace noizy {

/// What the kernel runs on each system call of a confined program. Empty: there is no filter.
using SyscallFilter = std::vector<sock_filter>;
/// Made on the first call, which takes about a millisecond.
const SyscallFilter& ConfinedFilter();

// The calls below are for a child between vfork and exec: they neither allocate nor touch anything
// but the calling thread. 0, or the error's number.

/// The calling process is `user` from here on, without capabilities and without a way to any.
int BecomeUser(const User& user);
/// From here on `filter` judges its system calls.
int FilterSystemCalls(const SyscallFilter& filter);

// The calls below are for the first process of a mount namespace of its own.

/// What it mounts is seen by nobody outside.
bool KeepMounts();
/// Makes `confinement.hidden` look as that says.
Status HideFolder(const Confinement& confinement);

}  // namespace noizy
