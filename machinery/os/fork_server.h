// Copies of one prepared process. What a program does at its start (loading, relocating, making its
// static objects) costs this one 20 ms; a copy of it that has done so already starts in one or two.
// As Python's forkserver and AFL's, for the same reason: a process with threads cannot fork itself.
//
//   caller: ForkServer::Start ──spawn──▶ the program, whose main calls ServeForks
//           Fork(argv, descriptors) ──socket──▶ fork ──▶ the copy runs the body
//           Process ◀──socket── its identity and a handle on it
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/os/fd.h"
#include "machinery/os/process.h"

namespace noizy {

/// What a copy is given. It leads a session of its own and has no descriptors but these.
struct ForkRequest {
  std::vector<std::string> arguments;  // of the body, and what ps shows; none is empty
  int stdin_fd = -1;                   // -1: /dev/null; its standard output is that always
  int stderr_fd = -1;
  std::vector<int> inherited;        // become descriptors 3, 4, …
  std::vector<int> blocked_signals;  // for a body that waits for them
};

/// The caller's side. Its destruction ends the server, not the copies. Move only;
/// thread-compatible.
class ForkServer {
 public:
  /// Starts `program`, whose main hands its last arguments to ServeForks. Returns once it runs; it
  /// gets ready meanwhile.
  static Result<ForkServer> Start(ProcessSpec program);
  ForkServer(ForkServer&&) = default;
  ForkServer& operator=(ForkServer&&) = delete;
  ~ForkServer();

  /// A copy that runs the body with the request's arguments. It is the server's child: TryWait does
  /// not know it. An error leaves open whether there is one; the server is of no use any more then.
  /// Waits for the answer for at most ten seconds.
  Result<Process> Fork(const ForkRequest& request);

 private:
  ForkServer(Process server, UniqueFd socket)
      : server_(std::move(server)), socket_(std::move(socket)) {}

  Process server_;
  UniqueFd socket_;
};

/// The main of the prepared process, single-threaded, with the words that follow its name. In the
/// server: returns 0 when the caller is gone. In a copy: returns what the body returns.
using ForkBody = std::function<int(const std::vector<std::string>& arguments)>;
int ServeForks(int argc, char** argv, const ForkBody& body);

}  // namespace noizy
