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
  double calls = 0;
};

/// Calls `call(client, over)` in a loop from `clients` threads, each until `over` is set; that last
/// call is none. A call returns false when it failed: the load is then counted as none, so that a
/// failing run cannot look like a fast one.
inline Load RunUntilOver(int clients, const std::function<bool(int client, bool& over)>& call) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::vector<double>> times(static_cast<std::size_t>(clients));
  std::vector<char> failed(static_cast<std::size_t>(clients), 0);
  const Clock::time_point start = Clock::now();
  std::vector<std::thread> threads;
  for (int client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      const auto mine = static_cast<std::size_t>(client);
      bool over = false;
      for (Clock::time_point before = Clock::now();;) {
        if (!call(client, over)) failed[mine] = 1;
        if (over || failed[mine] != 0) return;
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
  const auto calls = static_cast<double>(all.size());
  return {calls / took.count(), at(0.5), at(0.99), calls};
}

/// The same for `seconds`.
inline Load RunClients(int clients, double seconds, const std::function<bool(int client)>& call) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  return RunUntilOver(clients, [&](int client, bool& over) {
    over = Clock::now() >= end;
    return over || call(client);
  });
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
