#include "controllers/task/failover_trace.h"

#include <string>

namespace noizy::task_controller {
namespace {

std::int64_t MillisBetween(WallTime from, WallTime to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

// "lease ended +1262 ms"
void AppendStep(std::string& text, const char* what, WallTime from, std::optional<WallTime> at) {
  if (!at) return;
  text += (text.empty() ? "" : ", ") + std::string(what) + " +" +
          std::to_string(MillisBetween(from, *at)) + " ms";
}

std::string Timeline(const FailoverTrace& trace, WallTime from) {
  std::string steps;
  AppendStep(steps, "lease ended", from, trace.lease_end);
  AppendStep(steps, "fenced", from, trace.fenced);
  AppendStep(steps, "bound", from, trace.bound);
  AppendStep(steps, "running", from, trace.running);
  return steps;
}

}  // namespace

void TraceFence(Draft& draft, const Attempt& open) {
  const Observed& seen = draft.seen();
  auto& traces = draft.next().failovers;
  FailoverTrace trace;
  trace.attempt = open.number;
  trace.node_name = open.node_name;
  trace.last_heard = seen.node_heard;
  trace.lease_end = seen.lease_end;
  trace.fenced = seen.now;
  traces.push_back(std::move(trace));
  if (traces.size() > kKeptFailovers) traces.erase(traces.begin());
}

void TraceReplacement(Draft& draft) {
  const Observed& seen = draft.seen();
  const auto& attempts = draft.next().attempts;
  auto& traces = draft.next().failovers;
  if (traces.empty() || attempts.empty()) return;
  FailoverTrace& trace = traces.back();
  const Attempt& replacement = attempts.back();
  if (replacement.number <= trace.attempt || trace.running) return;
  // Another replacement than the one that was bound first: that one never ran.
  if (!trace.bound || trace.new_node_name != replacement.node_name) {
    trace.bound = seen.now;
    trace.new_node_name = replacement.node_name;
  }
  if (!replacement.start_time) return;
  trace.running = seen.now;
  const WallTime from = trace.last_heard.value_or(trace.fenced);
  trace.duration_ms = MillisBetween(from, seen.now);
  draft.Tell("Recovered", "Moved from node " + trace.node_name + " to node " + trace.new_node_name +
                              " in " + std::to_string(*trace.duration_ms) + " ms (" +
                              Timeline(trace, from) + ")");
}

}  // namespace noizy::task_controller
