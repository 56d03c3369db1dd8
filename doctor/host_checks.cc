#include "doctor/host_checks.h"

#include <chrono>

#include "machinery/os/port_probe.h"

namespace noizy::doctor {

Finding CheckFencing(bool pid_namespace, const CgroupSupport& cgroups) {
  std::string has;
  std::string lacks;
  const auto note = [&](bool there, const std::string& name) {
    std::string& list = there ? has : lacks;
    list += (list.empty() ? "" : ", ") + name;
  };
  note(pid_namespace, "PID namespaces");
  note(cgroups.kill, "killing by control group");
  note(cgroups.freeze, "freezing");
  note(cgroups.memory_limit, "memory limits");
  note(cgroups.cpu_limit, "CPU limits");
  note(cgroups.process_limit, "process limits");
  if (lacks.empty()) return {"fencing", Verdict::kOk, "this machine has " + has};
  const std::string says = "this machine lacks " + lacks + (has.empty() ? "" : "; it has " + has);
  if (!pid_namespace) {
    return {"fencing", Verdict::kWarn, says,
            "AtMostOnce Tasks need a PID namespace: run the agent as root, or allow user "
            "namespaces"};
  }
  return {"fencing", Verdict::kWarn, says,
          "run the agent where cgroup v2 is delegated to it (deploy/systemd does)"};
}

Finding CheckPort(const std::string& name, const std::string& address, std::uint16_t port,
                  bool served) {
  constexpr Duration kPatience = std::chrono::seconds(3);
  const Status probe = ProbePort(address, port, kPatience);
  const std::string place = address + ":" + std::to_string(port);
  if (served && probe.ok()) return {name, Verdict::kOk, place + " is answered"};
  if (served) return {name, Verdict::kFail, probe.message(), "look for it in the server's log"};
  if (probe.ok()) {
    return {name, Verdict::kWarn, place + " is taken by another program",
            "stop that one, or choose another port"};
  }
  return {name, Verdict::kOk, place + " is free; no control plane runs here"};
}

}  // namespace noizy::doctor
