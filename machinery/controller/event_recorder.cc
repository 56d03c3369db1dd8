#include "machinery/controller/event_recorder.h"

#include <array>
#include <deque>
#include <iterator>
#include <list>
#include <map>
#include <tuple>

#include "machinery/base/metrics.h"
#include "machinery/base/mutex.h"
#include "machinery/meta/time.h"

namespace noizy {
namespace {

const ResourceRef& Events() {
  static const ResourceRef kEvents{"", "v1", "events", true};
  return kEvents;
}

// Events about cluster-scoped objects live here, as in Kubernetes.
constexpr std::string_view kDefaultNamespace = "default";

std::string HexOf(std::uint64_t number) {
  std::array<char, 16> digits{};
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, number >>= 4) {
    *digit = "0123456789abcdef"[number & 15];
  }
  return {digits.begin(), digits.end()};
}

// At most `size` bytes, without half a UTF-8 character at the end.
std::string Cut(std::string_view text, std::size_t size) {
  if (text.size() <= size) return std::string(text);
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return std::string(text.substr(0, size));
}

// One Event and how it is doing.
struct Series {
  ObjectReference object;
  EventRecorder::Type type = EventRecorder::Type::kNormal;
  std::string reason;
  std::string message;
  std::string name;  // the Event's; "" until it is written
  std::int64_t count = 0;
  WallTime first;
  WallTime last;
  bool write_posted = false;

  ObjectKey Key() const {
    return {object.ns.empty() ? std::string(kDefaultNamespace) : object.ns, name};
  }
};
using SeriesKey =
    std::tuple<std::string, ObjectKey, std::string, EventRecorder::Type, std::string, std::string>;

Value EventOf(const Series& series, const std::string& component) {
  const ObjectKey key = series.Key();
  return Object{
      {"apiVersion", "v1"},
      {"kind", "Event"},
      {"metadata", Object{{"name", key.name}, {"namespace", key.ns}}},
      {"involvedObject", series.object.ToValue()},
      {"reason", series.reason},
      {"message", series.message},
      {"source", Object{{"component", component}}},
      {"firstTimestamp", FormatTime(series.first)},
      {"lastTimestamp", FormatTime(series.last)},
      {"count", series.count},
      {"type", series.type == EventRecorder::Type::kNormal ? "Normal" : "Warning"},
      {"reportingComponent", component},
      {"reportingInstance", ""},
  };
}

}  // namespace

Value ObjectReference::ToValue() const {
  Object reference;
  const auto add = [&reference](std::string_view member, const std::string& text) {
    if (!text.empty()) reference[member] = text;
  };
  add("apiVersion", api_version);
  add("kind", kind);
  add("namespace", ns);
  add("name", name);
  add("uid", uid);
  add("resourceVersion", resource_version);
  return reference;
}

struct EventRecorder::Core : std::enable_shared_from_this<Core> {
  Core(const Client& client, Executor& executor, const Clock& clock, Random& random,
       std::string component)
      : client(client),
        executor(executor),
        clock(clock),
        random(random),
        component(std::move(component)),
        dropped("noizy_events_dropped_total", "Events that could not be written") {}

  void Record(Type type, const ObjectReference& object, std::string_view reason,
              std::string_view message);
  Series& SeriesFor(const SeriesKey& key) NOIZY_REQUIRES(mutex);
  struct Writing {
    SeriesKey key;
    Series series;
    Status written;
  };
  void PostRound();
  void WriteRound();
  std::vector<Writing> TakeRound();
  void Patch(std::vector<Writing>& round) const;
  void Create(std::vector<Writing>& round) const;

  const Client& client;
  Executor& executor;
  const Clock& clock;
  Random& random;
  const std::string component;
  Counter dropped;
  Mutex mutex;
  // The most recently used first.
  std::list<std::pair<SeriesKey, Series>> series NOIZY_GUARDED_BY(mutex);
  std::map<SeriesKey, std::list<std::pair<SeriesKey, Series>>::iterator> by_key
      NOIZY_GUARDED_BY(mutex);
  // Those to be written in the next round.
  std::deque<SeriesKey> due NOIZY_GUARDED_BY(mutex);
  bool round_posted NOIZY_GUARDED_BY(mutex) = false;
};

void EventRecorder::Core::Record(Type type, const ObjectReference& object, std::string_view reason,
                                 std::string_view message) {
  const std::string text = Cut(message, kMaxEventMessageBytes);
  const SeriesKey key{object.kind, {object.ns, object.name}, object.uid,
                      type,        std::string(reason),      text};
  bool later = false;
  {
    MutexLock lock(mutex);
    Series& one = SeriesFor(key);
    const WallTime now = clock.Now();
    if (now - one.last > kEventWindow) one = Series();
    if (one.count == 0) one.first = now;
    one.object = object;
    one.type = type;
    one.reason = reason;
    one.message = text;
    one.last = now;
    ++one.count;
    if (std::exchange(one.write_posted, true)) return;
    later = !one.name.empty();
    if (!later) due.push_back(key);
  }
  if (!later) return PostRound();
  executor.PostAfter(kEventPatchInterval, [weak = weak_from_this(), key] {
    const auto core = weak.lock();
    if (!core) return;
    {
      MutexLock lock(core->mutex);
      core->due.push_back(key);
    }
    core->PostRound();
  });
}

Series& EventRecorder::Core::SeriesFor(const SeriesKey& key) {
  if (const auto found = by_key.find(key); found != by_key.end()) {
    series.splice(series.begin(), series, found->second);
    return series.front().second;
  }
  series.emplace_front(key, Series());
  by_key[key] = series.begin();
  if (series.size() > kMaxEventSeries) {
    by_key.erase(series.back().first);
    series.pop_back();
  }
  return series.front().second;
}

void EventRecorder::Core::PostRound() {
  {
    MutexLock lock(mutex);
    if (std::exchange(round_posted, true)) return;
  }
  executor.Post([weak = weak_from_this()] {
    if (const auto core = weak.lock()) core->WriteRound();
  });
}

std::vector<EventRecorder::Core::Writing> EventRecorder::Core::TakeRound() {
  std::vector<Writing> round;
  MutexLock lock(mutex);
  round_posted = false;
  while (!due.empty() && round.size() < kEventsPerRound) {
    const auto found = by_key.find(due.front());
    due.pop_front();
    if (found == by_key.end()) {
      dropped.Increment();
      continue;
    }
    Series& series = found->second->second;
    series.write_posted = false;
    round.push_back({found->first, series, Status::Ok()});
  }
  return round;
}

void EventRecorder::Core::WriteRound() {
  std::vector<Writing> round = TakeRound();
  Patch(round);
  Create(round);
  bool more = false;
  {
    MutexLock lock(mutex);
    for (const Writing& one : round) {
      const auto found = by_key.find(one.key);
      if (!one.written.ok()) {
        dropped.Increment();
      } else if (found != by_key.end()) {
        found->second->second.name = one.series.name;
      }
    }
    more = !due.empty();
  }
  if (more) PostRound();
}

// Patches the Events that there are. One that somebody has deleted meanwhile is without a name
// again.
void EventRecorder::Core::Patch(std::vector<Writing>& round) const {
  std::vector<Writing*> known;
  std::vector<PatchCall> calls;
  for (Writing& one : round) {
    const Series& series = one.series;
    if (series.name.empty()) continue;
    known.push_back(&one);
    calls.push_back({Events(), series.Key(), PatchType::kMerge,
                     Object{{"count", series.count}, {"lastTimestamp", FormatTime(series.last)}}});
  }
  const std::vector<Status> patched = client.PatchAll(calls);
  for (std::size_t i = 0; i < known.size(); ++i) {
    known[i]->written = patched[i];
    if (patched[i].reason() == StatusReason::kNotFound) known[i]->series.name.clear();
  }
}

void EventRecorder::Core::Create(std::vector<Writing>& round) const {
  std::vector<Writing*> fresh;
  std::vector<CreateCall> calls;
  for (Writing& one : round) {
    if (!one.series.name.empty()) continue;
    one.series.name = one.series.object.name + "." + HexOf(random.Next());
    fresh.push_back(&one);
    calls.push_back({Events(), one.series.Key().ns, EventOf(one.series, component)});
  }
  const std::vector<Status> created = client.CreateAll(calls);
  for (std::size_t i = 0; i < fresh.size(); ++i) fresh[i]->written = created[i];
}

EventRecorder::EventRecorder(const Client& client, Executor& executor, const Clock& clock,
                             Random& random, std::string component)
    : core_(std::make_shared<Core>(client, executor, clock, random, std::move(component))) {}
EventRecorder::~EventRecorder() = default;

void EventRecorder::Record(Type type, const ObjectReference& object, std::string_view reason,
                           std::string_view message) {
  core_->Record(type, object, reason, message);
}

}  // namespace noizy
