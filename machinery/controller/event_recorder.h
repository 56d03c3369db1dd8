// Events: what controllers tell people about an object (core/v1 Event, `noizy events`, `kubectl
// describe`).
//
//   context.events.Normal(ReferenceTo(*task), "Scheduled", "Bound to hp-omen");
//
// Recording never blocks and never fails: the write runs later on the executor; what cannot be
// written is counted and dropped. The same (object, type, reason, message) within kEventWindow
// becomes one Event whose count and lastTimestamp grow.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/random.h"
#include "machinery/client/client.h"
#include "machinery/meta/object_meta.h"

namespace noizy {

/// Repetitions within this long after the last one are counted in the same Event.
inline constexpr Duration kEventWindow = std::chrono::minutes(10);
/// Event series remembered at once; the one least recently used is forgotten, and would start a new
/// Event.
inline constexpr std::size_t kMaxEventSeries = 4096;
/// A series that goes on is written at most this often.
inline constexpr Duration kEventPatchInterval = std::chrono::seconds(1);
/// Events written side by side, so that few commits carry many of them.
inline constexpr std::size_t kEventsPerRound = 128;
/// Longer messages are cut: Kubernetes' own limit for an Event's message.
inline constexpr std::size_t kMaxEventMessageBytes = 1024;

/// core/v1 ObjectReference: what an Event is about.
struct ObjectReference {
  std::string api_version;
  std::string kind;
  std::string ns;
  std::string name;
  std::string uid;
  std::string resource_version;

  Value ToValue() const;
};

/// A reference to an object of a generated kind.
template <typename T>
ObjectReference ReferenceTo(const T& object) {
  const GroupVersionKind gvk{std::string(T::kGroup), std::string(T::kVersion),
                             std::string(T::kKind)};
  return {gvk.ApiVersion(),    gvk.kind,
          object.metadata.ns,  object.metadata.name,
          object.metadata.uid, object.metadata.resource_version};
}

/// Thread-safe.
class EventRecorder {
 public:
  enum class Type : std::uint8_t { kNormal, kWarning };

  /// `component` says who speaks: "noizy-controllers". The parameters outlive the recorder, and the
  /// client the executor's last function. Writes run on `executor`: give it another one than the
  /// reconcilers' to keep slow writes out of their way.
  EventRecorder(const Client& client, Executor& executor, const Clock& clock, Random& random,
                std::string component);
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  /// `reason` is one CamelCase word; `message` a sentence for people, without secrets.
  void Record(Type type, const ObjectReference& object, std::string_view reason,
              std::string_view message);
  void Normal(const ObjectReference& object, std::string_view reason, std::string_view message) {
    Record(Type::kNormal, object, reason, message);
  }
  void Warning(const ObjectReference& object, std::string_view reason, std::string_view message) {
    Record(Type::kWarning, object, reason, message);
  }

 private:
  struct Core;
  std::shared_ptr<Core> core_;  // posted writes hold it weakly
};

}  // namespace noizy
