// Watchers on a changing kind: how long after its writer was answered an object reaches each of
// them, how many deliveries a second the server makes when writes come as fast as they are taken,
// at what CPU time of its own, and what a watcher weighs: watch_bench NOIZY [FOLDER [WATCHERS...]].
//
// Two threads read for all watchers, so that the watchers' share of the machine is small.
//
// Links: machinery_client machinery_os OpenSSL::SSL

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <memory>

#include "bench/bench_main.h"
#include "bench/clients.h"
#include "bench/served_grid.h"
#include "bench/tls_client.h"

namespace noizy::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kMaps[] = "/api/v1/namespaces/default/configmaps";
constexpr int kPacedWrites = 200;
constexpr auto kPace = std::chrono::milliseconds(20);
constexpr double kFloodSeconds = 3;
constexpr std::size_t kReaders = 2;
constexpr char kMark[] = "\"bench\":\"";  // what every event holds once, before its writes's number

/// One connection that reads events and notes when each came.
class Watcher {
 public:
  Watcher(const ServedGrid& grid, int most) : client_(grid.https_port(), grid.identity()) {
    arrivals_.resize(static_cast<std::size_t>(most));
    ok_ = client_.Call("GET", std::string(kMaps) + "?watch=true") == 200;
  }
  bool ok() const { return ok_; }
  int fd() const { return client_.fd(); }
  /// Reads what has come; false at the end.
  bool Read() {
    do {
      const std::string_view piece = client_.ReadSome();
      if (piece.empty()) return false;
      text_ += piece;
      Note(text_);
    } while (client_.HasBuffered());
    return true;
  }
  int count() const { return count_; }
  Clock::time_point Arrival(int number) const {
    return arrivals_[static_cast<std::size_t>(number)];
  }

 private:
  void Note(std::string& text) {
    const Clock::time_point now = Clock::now();
    std::size_t from = 0;
    for (std::size_t at = 0; (at = text.find(kMark, from)) != std::string::npos;) {
      const char* digits = text.data() + at + sizeof kMark - 1;
      std::size_t number = 0;
      const auto end = std::from_chars(digits, text.data() + text.size(), number).ptr;
      if (end == text.data() + text.size()) break;  // perhaps not all digits are here
      if (number < arrivals_.size()) arrivals_[number] = now;
      from = at + 1;
      ++count_;
    }
    text.erase(0, std::max(from, text.size() > sizeof kMark ? text.size() - sizeof kMark : 0));
  }

  TlsClient client_;
  bool ok_ = false;
  std::string text_;
  std::vector<Clock::time_point> arrivals_;
  std::atomic<int> count_ = 0;
};

/// Reads for every `of`-th watcher from the `first` on until the server has ended them all.
void ReadFor(const std::vector<std::unique_ptr<Watcher>>& watchers, std::size_t first,
             std::size_t of) {
  const int poll = epoll_create1(0);
  int open = 0;
  for (std::size_t i = first; i < watchers.size(); i += of, ++open) {
    epoll_event event{EPOLLIN, {.ptr = watchers[i].get()}};
    epoll_ctl(poll, EPOLL_CTL_ADD, watchers[i]->fd(), &event);
  }
  std::array<epoll_event, 256> ready;
  while (open > 0) {
    const int count = epoll_wait(poll, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto& watcher = *static_cast<Watcher*>(ready[static_cast<std::size_t>(i)].data.ptr);
      if (watcher.Read()) continue;
      epoll_ctl(poll, EPOLL_CTL_DEL, watcher.fd(), nullptr);
      --open;
    }
  }
  close(poll);
}

std::string Body(int number) {
  return R"({"metadata":{"generateName":"w-"},"data":{"bench":")" + std::to_string(number) +
         R"(","filler":")" + std::string(700, 'x') + R"("}})";
}

class Run {
 public:
  Run(const std::string& binary, const std::string& folder, int watchers)
      : grid_(binary, folder, {"--no-agent", "--no-controllers"}) {
    if (!grid_.ok()) return;
    const double before = grid_.RssMib();
    for (int i = 0; i < watchers; ++i) {
      watchers_.push_back(std::make_unique<Watcher>(grid_, kPacedWrites));
      ok_ = watchers_.back()->ok();
      if (!ok_) return;
    }
    each_kib_ = (grid_.RssMib() - before) * 1024 / watchers;
    for (std::size_t i = 0; i < kReaders; ++i)
      threads_.emplace_back([this, i] { ReadFor(watchers_, i, kReaders); });
  }
  ~Run() {
    grid_.Stop();
    for (std::thread& thread : threads_) thread.join();
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  bool Measure() {
    if (!ok_ || !Pace()) return false;
    return Flood();
  }

 private:
  /// One write after the other, with a rest between.
  bool Pace() {
    TlsClient writer(grid_.https_port(), grid_.identity());
    const double cpu = grid_.CpuSeconds();
    std::vector<Clock::time_point> answered;
    for (int i = 0; i < kPacedWrites; ++i) {
      const Clock::time_point next = Clock::now() + kPace;
      if (writer.Call("POST", kMaps, Body(i)) != 201) return false;
      answered.push_back(Clock::now());
      std::this_thread::sleep_until(next);
    }
    if (!AwaitAll(kPacedWrites)) return false;
    std::vector<double> delays;
    for (const auto& watcher : watchers_) {
      for (int i = 0; i < kPacedWrites; ++i) {
        const auto delay = watcher->Arrival(i) - answered[static_cast<std::size_t>(i)];
        delays.push_back(std::chrono::duration<double, std::milli>(delay).count());
      }
    }
    std::sort(delays.begin(), delays.end());
    std::printf(
        "%5zu watchers: p50 %7.2f ms   p99 %7.2f ms after the answer   %.1f µs of CPU a delivery"
        "   %6.1f KiB each\n",
        watchers_.size(), delays[delays.size() / 2], delays[delays.size() * 99 / 100],
        (grid_.CpuSeconds() - cpu) / static_cast<double>(delays.size()) * 1e6, each_kib_);
    return true;
  }

  bool Flood() {
    std::atomic<int> written = 0;
    const double cpu = grid_.CpuSeconds();
    const Clock::time_point start = Clock::now();
    std::vector<std::unique_ptr<TlsClient>> writers;
    for (int i = 0; i < 4; ++i)
      writers.push_back(std::make_unique<TlsClient>(grid_.https_port(), grid_.identity()));
    const Load load = RunClients(4, kFloodSeconds, [&](int client) {
      ++written;
      return writers[static_cast<std::size_t>(client)]->Call("POST", kMaps, Body(kPacedWrites)) ==
             201;
    });
    const bool all = AwaitAll(kPacedWrites + written);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    double delivered = 0;
    for (const auto& watcher : watchers_) delivered += watcher->count() - kPacedWrites;
    std::printf("%5s           %.0f writes/s at once, %.0f deliveries/s, %.2f µs of CPU each%s\n",
                "", load.per_second, delivered / seconds,
                (grid_.CpuSeconds() - cpu) / delivered * 1e6,
                all ? "" : "; some watchers were cut off");
    return true;
  }

  bool AwaitAll(int count) {
    const Clock::time_point end = Clock::now() + std::chrono::seconds(30);
    const auto behind = [&](const auto& watcher) { return watcher->count() < count; };
    while (std::any_of(watchers_.begin(), watchers_.end(), behind)) {
      if (Clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  ServedGrid grid_;
  bool ok_ = false;
  double each_kib_ = 0;
  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::vector<std::thread> threads_;
};

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  return noizy::bench::RunInFolder(
      argc, argv, "watch_bench", "WATCHERS...", [](const noizy::bench::Call& call) {
        bool ok = true;
        for (const int watchers : call.Numbers({10, 100, 1000})) {
          const std::string folder = call.folder + "/" + std::to_string(watchers);
          ok = noizy::bench::Run(call.binary, folder, watchers).Measure() && ok;
        }
        return ok ? 0 : 1;
      });
}
