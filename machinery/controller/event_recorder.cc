#include "machinery/controller/event_recorder.h"

#include <array>
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
  void PostWrite(const SeriesKey& key, Duration delay);
  void Write(const SeriesKey& key);
  Status WriteOne(Series& series) const;

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
};

void EventRecorder::Core::Record(Type type, const ObjectReference& object, std::string_view reason,
                                 std::string_view message) {
  const std::string text = Cut(message, kMaxEventMessageBytes);
  const SeriesKey key{object.kind, {object.ns, object.name}, object.uid,
                      type,        std::string(reason),      text};
  Duration delay = Duration::zero();
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
    if (!one.name.empty()) delay = kEventPatchInterval;
  }
  PostWrite(key, delay);
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

void EventRecorder::Core::PostWrite(const SeriesKey& key, Duration delay) {
  executor.PostAfter(delay, [weak = weak_from_this(), key] {
    if (const auto core = weak.lock()) core->Write(key);
  });
}

void EventRecorder::Core::Write(const SeriesKey& key) {
  Series snapshot;
  {
    MutexLock lock(mutex);
    const auto found = by_key.find(key);
    if (found == by_key.end()) return dropped.Increment();
    found->second->second.write_posted = false;
    snapshot = found->second->second;
  }
  const Status written = WriteOne(snapshot);
  if (!written.ok()) return dropped.Increment();
  MutexLock lock(mutex);
  if (const auto found = by_key.find(key); found != by_key.end()) {
    found->second->second.name = snapshot.name;
  }
}

// Patches the series' Event, or creates it: also when somebody has deleted it meanwhile.
Status EventRecorder::Core::WriteOne(Series& series) const {
  if (!series.name.empty()) {
    const Value patch = Object{{"count", series.count}, {"lastTimestamp", FormatTime(series.last)}};
    const Status patched = client.Patch(Events(), series.Key(), PatchType::kMerge, patch).status();
    if (patched.reason() != StatusReason::kNotFound) return patched;
  }
  series.name = series.object.name + "." + HexOf(random.Next());
  return client.Create(Events(), series.Key().ns, EventOf(series, component)).status();
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
