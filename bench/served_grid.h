// A `noizy up` of the bench's own, on free ports and a folder of its own, and what the kernel says
// it costs.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "machinery/client/kubeconfig.h"
#include "machinery/os/files.h"

namespace noizy::bench {

/// Runs while it lives.
class ServedGrid {
 public:
  ServedGrid(const std::string& binary, const std::string& folder, std::vector<std::string> flags)
      : folder_(folder) {
    flags.insert(flags.begin(), {binary, "up", "--data-dir", folder, "--https-port", "0",
                                 "--grpc-port", "0", "--log-level", "warning"});
    int pipe_fds[2];
    if (pipe(pipe_fds) != 0) return;
    const auto start = std::chrono::steady_clock::now();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(pipe_fds[1], STDOUT_FILENO);
      std::vector<char*> argv;
      for (std::string& flag : flags) argv.push_back(flag.data());
      argv.push_back(nullptr);
      setenv("HOME", folder.c_str(), 1);
      execv(binary.c_str(), argv.data());
      _exit(127);
    }
    close(pipe_fds[1]);
    std::string line;
    for (char c = 0; read(pipe_fds[0], &c, 1) == 1 && c != '\n';) line += c;
    close(pipe_fds[0]);
    start_ms_ =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    std::sscanf(line.c_str(), "ready https://127.0.0.1:%hu grpc 127.0.0.1:%hu", &https_port_,
                &grpc_port_);
    const Result<KubeconfigContext> context = LoadKubeconfig({folder + "/kubeconfig"}, "");
    if (context.ok()) identity_ = context->http.tls;
  }
  ~ServedGrid() { Stop(); }
  ServedGrid(const ServedGrid&) = delete;
  ServedGrid& operator=(const ServedGrid&) = delete;

  void Stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  bool ok() const { return https_port_ != 0; }
  std::uint16_t https_port() const { return https_port_; }
  std::uint16_t grpc_port() const { return grpc_port_; }
  const TlsIdentity& identity() const { return identity_; }
  const std::string& folder() const { return folder_; }
  /// From fork to the ready line.
  double start_ms() const { return start_ms_; }

  /// User and system time of the server so far, in seconds. From the process's clock: what /proc
  /// tells is rounded to ticks of 10 ms.
  double CpuSeconds() const {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }

  double RssMib() const { return StatusMib("VmRSS:"); }
  double PeakRssMib() const { return StatusMib("VmHWM:"); }

 private:
  double StatusMib(std::string_view member) const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(member))
        return std::strtod(line.c_str() + member.size(), nullptr) / 1024;
    }
    return 0;
  }

  const std::string folder_;
  pid_t pid_ = 0;
  std::uint16_t https_port_ = 0;
  std::uint16_t grpc_port_ = 0;
  double start_ms_ = 0;
  TlsIdentity identity_;
};

}  // namespace noizy::bench
