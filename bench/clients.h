// Closed-loop load: each client starts its next call when the last one has returned.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace noizy::bench {

struct Load {
  double per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
};

/// Calls `call(client)` in a loop from `clients` threads for `seconds`. A call returns false to end
/// its client: the load is then counted as none, so that a failing run cannot look like a fast one.
inline Load RunClients(int clients, double seconds, const std::function<bool(int client)>& call) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::vector<double>> times(static_cast<std::size_t>(clients));
  std::vector<char> failed(static_cast<std::size_t>(clients), 0);
  const Clock::time_point start = Clock::now();
  const auto end = start + std::chrono::duration<double>(seconds);
  std::vector<std::thread> threads;
  for (int client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      const auto mine = static_cast<std::size_t>(client);
      for (Clock::time_point before = Clock::now(); before < end;) {
        if (!call(client)) failed[mine] = 1;
        if (failed[mine] != 0) return;
        const Clock::time_point after = Clock::now();
        times[mine].push_back(std::chrono::duration<double, std::milli>(after - before).count());
        before = after;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> took = Clock::now() - start;
  if (std::find(failed.begin(), failed.end(), 1) != failed.end()) return {};

  std::vector<double> all;
  for (const auto& one : times) all.insert(all.end(), one.begin(), one.end());
  if (all.empty()) return {};
  std::sort(all.begin(), all.end());
  const auto at = [&all](double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  return {static_cast<double>(all.size()) / took.count(), at(0.5), at(0.99)};
}

/// The run with the middle throughput.
inline Load Median(std::vector<Load> runs) {
  std::sort(runs.begin(), runs.end(),
            [](const Load& a, const Load& b) { return a.per_second < b.per_second; });
  return runs[runs.size() / 2];
}

inline void Print(const std::string& what, const Load& load) {
  std::printf("%-44s %9.0f /s   p50 %7.3f ms   p99 %7.3f ms\n", what.c_str(), load.per_second,
              load.p50_ms, load.p99_ms);
}

}  // namespace noizy::bench
