// What the benches of Tasks' lives share: creating them, and when a client saw each phase of each.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/tls_client.h"
#include "machinery/value/json.h"

namespace noizy::bench {

using Clock = std::chrono::steady_clock;

inline constexpr char kTasks[] = "/apis/noizy.dev/v1/namespaces/default/tasks";
inline constexpr std::chrono::seconds kPatience{30};

inline double Ms(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// When a client saw each phase of each Task first.
class Seen {
 public:
  void Note(const Value& task) {
    const Clock::time_point now = Clock::now();
    const std::string key = std::string(StringAt(task, {"metadata", "name"})) + " " +
                            std::string(StringAt(task, {"status", "phase"}));
    std::lock_guard lock(mutex_);
    times_.try_emplace(key, now);
    if (const Value* time = Find(task, {"status", "executionTimeMs"}))
      process_ms_[std::string(StringAt(task, {"metadata", "name"}))] =
          static_cast<double>(time->to_number<std::int64_t>());
    changed_.notify_all();
  }
  std::optional<Clock::time_point> Await(const std::string& name, const std::string& phase) {
    std::unique_lock lock(mutex_);
    const std::string key = name + " " + phase;
    if (!changed_.wait_for(lock, kPatience, [&] { return times_.contains(key); }))
      return std::nullopt;
    return times_.at(key);
  }
  double ProcessMs(const std::string& name) {
    std::lock_guard lock(mutex_);
    return process_ms_[name];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Clock::time_point> times_;
  std::map<std::string, double> process_ms_;
};

/// Feeds `seen` from a watch until the connection ends. The chunks' sizes are lines of their own,
/// which are no objects.
inline void Watch(TlsClient& connection, Seen& seen) {
  std::string text = connection.body();
  for (;;) {
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos;
         text.erase(0, end + 1)) {
      if (text.front() != '{') continue;
      const Result<Value> event = ParseJson(std::string_view(text).substr(0, end));
      if (event.ok()) seen.Note(*Find(*event, {"object"}));
    }
    const std::string_view piece = connection.ReadSome();
    if (piece.empty()) return;
    text += piece;
  }
}

/// Watches all Tasks from its construction until the server stops, which must come before its end.
class TaskWatcher {
 public:
  TaskWatcher(std::uint16_t port, const TlsIdentity& identity) : connection_(port, identity) {
    if (connection_.Call("GET", std::string(kTasks) + "?watch=true") == 200)
      thread_ = std::thread([this] { Watch(connection_, seen_); });
  }
  ~TaskWatcher() {
    if (ok()) thread_.join();
  }
  TaskWatcher(const TaskWatcher&) = delete;
  TaskWatcher& operator=(const TaskWatcher&) = delete;

  bool ok() const { return thread_.joinable(); }
  Seen& seen() { return seen_; }

 private:
  TlsClient connection_;
  Seen seen_;
  std::thread thread_;
};

/// Figures, told by their median and by what one in a hundred exceeds.
class Samples {
 public:
  void Add(double value) { values_.push_back(value); }
  double At(double share) {
    std::sort(values_.begin(), values_.end());
    return values_.empty()
               ? 0
               : values_[static_cast<std::size_t>(share * static_cast<double>(values_.size() - 1))];
  }
  std::size_t count() const { return values_.size(); }
  void Print(const char* what) {
    std::printf("%-52s p50 %8.2f ms   p99 %8.2f ms\n", what, At(0.5), At(0.99));
  }

 private:
  std::vector<double> values_;
};

/// A Task that runs `true`; whether it was created.
inline bool CreateTask(TlsClient& connection, const std::string& name) {
  const std::string body = R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"name":")" +
                           name + R"("},"spec":{"exec":{"command":["true"]}}})";
  const int code = connection.Call("POST", kTasks, body);
  if (code != 201) std::fprintf(stderr, "POST: %d %s\n", code, connection.body().c_str());
  return code == 201;
}

/// When each Task was asked for.
using Asked = std::map<std::string, Clock::time_point>;

/// Creates Tasks at a steady rate, however long each takes; fewer than `count` when one failed.
inline Asked CreateSteadily(TlsClient& connection, const std::string& prefix, int count,
                            double per_second) {
  Asked asked;
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < count; ++i) {
    std::this_thread::sleep_until(start + std::chrono::duration_cast<Clock::duration>(
                                              std::chrono::duration<double>(i / per_second)));
    const std::string name = prefix + std::to_string(i);
    asked[name] = Clock::now();
    if (!CreateTask(connection, name)) break;
  }
  return asked;
}

/// From the request to Running and to Succeeded; false when one of them did not get there.
inline bool PrintLives(Seen& seen, const Asked& asked, const std::string& what) {
  Samples running;
  Samples succeeded;
  for (const auto& [name, time] : asked) {
    const auto end = seen.Await(name, "Succeeded");
    const auto start = end ? seen.Await(name, "Running") : end;
    if (!start) return std::fprintf(stderr, "%s did not succeed\n", name.c_str()), false;
    running.Add(Ms(*start - time));
    succeeded.Add(Ms(*end - time));
  }
  running.Print((what + ": request to Running").c_str());
  succeeded.Print((what + ": request to Succeeded").c_str());
  return true;
}

}  // namespace noizy::bench
