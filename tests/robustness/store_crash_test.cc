// A server process killed with SIGKILL in the middle of its writes, again and again: what it
// acknowledged is there, what it did not is there whole or not at all, and no revision is given
// twice.
//
// Links: apiserver_storage_sqlite

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "apiserver/storage/sqlite/sqlite_store.h"
#include "machinery/base/random.h"
#include "machinery/os/fd.h"
#include "tests/unit/apiserver/storage/store_testing.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

constexpr int kKills = 50;
constexpr int kWriters = 8;
constexpr std::int64_t kDeleteEvery = 7;
// The longest a server lives after its first acknowledgement.
constexpr std::uint64_t kMaxLifeMs = 120;

/// What a writer was told: its pair of objects holds `count` since `revision` (the left one; the
/// right one has the next).
struct Acknowledged {
  std::int64_t writer;
  std::int64_t count;
  std::int64_t revision;
};

std::string Left(std::int64_t writer) {
  return "left-" + std::to_string(writer);
}
std::string Right(std::int64_t writer) {
  return "right-" + std::to_string(writer);
}

SqliteOptions Options(const std::string& folder) {
  SqliteOptions options;
  options.folder = folder;
  // Small, so that servers die while they compact, too.
  options.history.keep_revisions = 1000;
  options.history.keep_age = Duration::zero();
  return options;
}

// Always both objects in one write: half of a pair is half of a batch. Now and then
// the write deletes them.
std::vector<WriteOp> NextWrite(const Store& store, std::int64_t writer, std::int64_t count) {
  std::vector<WriteOp> ops;
  for (const std::string& name : {Left(writer), Right(writer)}) {
    const StoredObjectPtr current = store.Get(TaskKey(name));
    const std::int64_t expected = current == nullptr ? 0 : current->revision;
    const std::string content = std::to_string(count) + std::string(600, '.');
    const bool remove = count % kDeleteEvery == 0 && current != nullptr;
    ops.push_back(remove ? DeleteOp(TaskKey(name), expected, content)
                         : PutOp(TaskKey(name), expected, content));
  }
  return ops;
}

void WriteForEver(Store& store, std::int64_t writer, std::int64_t count, int report) {
  for (;; ++count) {
    const auto objects = WriteAll(store, NextWrite(store, writer, count));
    if (!objects.ok()) ::_exit(3);
    const Acknowledged told{writer, count, objects->at(0)->revision};
    if (::write(report, &told, sizeof told) != sizeof told) ::_exit(4);
  }
}

[[noreturn]] void Serve(const std::string& folder, std::int64_t first_count, int report) {
  auto store = SqliteStore::Open(Options(folder));
  if (!store.ok()) ::_exit(2);
  std::vector<std::thread> writers;
  for (std::int64_t writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] { WriteForEver(**store, writer, first_count, report); });
  }
  for (std::thread& writer : writers) writer.join();
  ::_exit(5);
}

/// Reads one report; false at the end of the stream or of the time.
bool ReadReport(int fd, std::int64_t timeout_ms, Acknowledged& out) {
  pollfd waiting{fd, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(timeout_ms)) != 1) return false;
  return ::read(fd, &out, sizeof out) == sizeof out;
}

std::int64_t MillisecondsUntil(MonotonicTime end) {
  const Duration left = end - RealClock::Instance().Monotonic();
  return std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
}

/// Starts a server, kills it `life_ms` after its first acknowledgement, and returns all it
/// acknowledged.
std::vector<Acknowledged> RunAndKill(const std::string& folder, std::int64_t first_count,
                                     std::uint64_t life_ms) {
  Result<Pipe> pipe = MakePipe();
  if (!pipe.ok()) return {};
  const pid_t child = ::fork();
  if (child == 0) Serve(folder, first_count, pipe->write.get());
  pipe->write.Reset();

  std::vector<Acknowledged> told;
  Acknowledged one{};
  const auto seconds = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience).count();
  if (ReadReport(pipe->read.get(), seconds, one)) told.push_back(one);
  const MonotonicTime end = RealClock::Instance().Monotonic() + std::chrono::milliseconds(life_ms);
  while (RealClock::Instance().Monotonic() < end &&
         ReadReport(pipe->read.get(), MillisecondsUntil(end), one)) {
    told.push_back(one);
  }
  ::kill(child, SIGKILL);
  while (ReadReport(pipe->read.get(), seconds, one)) told.push_back(one);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the server ended by itself with " << WEXITSTATUS(status);
  return told;
}

/// Everything that happened after `revision`, by revision.
std::map<std::int64_t, StoreEventPtr> EventsAfter(Store& store, std::int64_t revision) {
  std::map<std::int64_t, StoreEventPtr> events;
  TestWatch watch(store, kAllTasks, std::max(revision, store.CompactedRevision()));
  for (const StoreEventPtr& event : watch.Until(store.Revision())) {
    events[event->object->revision] = event;
  }
  return events;
}

std::int64_t CountIn(const StoredObject& object) {
  const std::string marker = R"("data":")";
  const std::size_t at = object.bytes.find(marker) + marker.size();
  std::int64_t count = -1;
  std::from_chars(object.bytes.data() + at, object.bytes.data() + object.bytes.size(), count);
  return count;
}

/// Left and right come together, with the same content, in consecutive revisions.
void ExpectWholePairs(const std::map<std::int64_t, StoreEventPtr>& events) {
  std::int64_t expected = events.empty() ? 0 : events.begin()->first;
  for (const auto& [revision, event] : events) {
    ASSERT_EQ(revision, expected++) << "a gap";
    const std::string& name = event->object->key.name;
    if (!name.starts_with("left-")) continue;
    const auto right = events.find(revision + 1);
    ASSERT_NE(right, events.end()) << "half of the write of " << name << " at " << revision;
    EXPECT_EQ(right->second->object->key.name, "right-" + name.substr(5));
    EXPECT_EQ(right->second->kind, event->kind);
    EXPECT_EQ(CountIn(*right->second->object), CountIn(*event->object));
  }
}

/// Every acknowledged write is in the history, or in what a compaction left of it.
void ExpectAcknowledged(Store& store, const std::map<std::int64_t, StoreEventPtr>& events,
                        const std::vector<Acknowledged>& told) {
  for (const Acknowledged& one : told) {
    ASSERT_LE(one.revision + 1, store.Revision()) << "lost";
    if (one.revision <= store.CompactedRevision()) continue;
    const auto found = events.find(one.revision);
    ASSERT_NE(found, events.end()) << "the acknowledged write at " << one.revision << " is lost";
    EXPECT_EQ(found->second->object->key.name, Left(one.writer));
    EXPECT_EQ(CountIn(*found->second->object), one.count);
  }
}

/// Each pair is as its writer was told last, or one write further: that one was under way.
void ExpectState(const Store& store, const std::vector<Acknowledged>& told) {
  std::map<std::int64_t, std::int64_t> last;
  for (const Acknowledged& one : told) last[one.writer] = one.count;
  for (const auto& [writer, count] : last) {
    const StoredObjectPtr left = store.Get(TaskKey(Left(writer)));
    const StoredObjectPtr right = store.Get(TaskKey(Right(writer)));
    ASSERT_EQ(left == nullptr, right == nullptr) << "half a pair of writer " << writer;
    if (left == nullptr) {
      EXPECT_TRUE(count % kDeleteEvery == 0 || (count + 1) % kDeleteEvery == 0)
          << "the pair of writer " << writer << " is lost";
      continue;
    }
    EXPECT_EQ(right->revision, left->revision + 1);
    EXPECT_GE(CountIn(*left), count);
    EXPECT_LE(CountIn(*left), count + 1);
  }
}

/// From NOIZY_SEED, to replay a failure; else a new one.
std::uint64_t Seed() {
  const char* given = std::getenv("NOIZY_SEED");
  const std::string_view text = given == nullptr ? "" : given;
  std::uint64_t seed = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), seed);
  return end.ec == std::errc() ? seed : SystemRandom::Instance().Next();
}

TEST(StoreCrashTest, NothingAcknowledgedIsLostAndNothingIsHalf) {
  const std::uint64_t seed = Seed();
  SCOPED_TRACE("replay with NOIZY_SEED=" + std::to_string(seed));
  SeededRandom random(seed);
  const ScratchFolder folder;
  std::int64_t revision = kFirstRevision;
  std::size_t acknowledged = 0;
  for (int kill = 0; kill < kKills && !HasFatalFailure(); ++kill) {
    const std::int64_t first_count = 1'000'000 * (kill + 1);
    const auto told = RunAndKill(folder.path(), first_count, random.Below(kMaxLifeMs));
    ASSERT_FALSE(told.empty()) << "the server of kill " << kill << " acknowledged nothing";
    acknowledged += told.size();

    auto store = SqliteStore::Open(Options(folder.path()));
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    ASSERT_GE((*store)->Revision(), revision) << "revisions went back";
    const auto events = EventsAfter(**store, revision);
    ExpectWholePairs(events);
    ExpectAcknowledged(**store, events, told);
    ExpectState(**store, told);
    revision = (*store)->Revision();
  }
  RecordProperty("acknowledged", static_cast<int>(acknowledged));
  std::printf("%d kills, %zu writes acknowledged, revision %lld\n", kKills, acknowledged,
              static_cast<long long>(revision));
  EXPECT_GT(acknowledged, static_cast<std::size_t>(kKills) * 10);
}

}  // namespace
}  // namespace noizy::apiserver
