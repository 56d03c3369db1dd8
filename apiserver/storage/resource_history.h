// One resource's objects, events and waiting watches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apiserver/storage/store.h"
#include "apiserver/storage/version_chain.h"

namespace noizy::apiserver {

/// Called when a watch has something to fetch. Shared, so that it can be called after the lock is
/// gone, whatever becomes of the watch.
using Wake = std::shared_ptr<const std::function<void()>>;

/// Where a watch stands. Owned by the watch; registered with its resource while armed.
struct WatchCursor {
  Scope scope;
  Wake wake;
  /// Every event of the scope up to here has been handed out. Out of date while armed: then nothing
  /// has happened since.
  std::int64_t revision = 0;
  bool armed = false;
};

/// A walk over a resource's objects in order, in steps.
struct ListWalk {
  using Position = std::pair<std::string, std::string>;  // (namespace, name)

  const Scope& scope;
  std::int64_t revision;
  std::size_t limit;  // 0: none
  /// The last object looked at; both empty: none yet.
  Position position;
  Listing& listing;
};

/// Not thread-safe: MemoryIndex owns it and holds its lock.
class ResourceHistory {
 public:
  StoredObjectPtr Newest(std::string_view ns, std::string_view name) const;

  /// Puts a version that is older than every event kept: what a compacted log begins with.
  void AddBase(StoredObjectPtr object);
  /// Records a committed event and adds the wakes of the armed watches it concerns to `wakes`; they
  /// are no longer armed.
  void Apply(StoreEventPtr event, std::vector<Wake>& wakes);
  /// Forgets the oldest event, which must be `event`, and the version it replaced.
  void Forget(const StoreEvent& event);

  /// Looks at no more than `max_steps` objects; true when the walk has reached its end.
  bool Walk(ListWalk& walk, std::size_t max_steps) const;

  /// Moves `cursor` over at most `max` events of its scope, which are returned. `current` is the
  /// store's revision: where the cursor stands when there are no more.
  std::vector<StoreEventPtr> Advance(WatchCursor& cursor, std::size_t max,
                                     std::int64_t current) const;
  void Arm(WatchCursor& cursor);
  void Disarm(WatchCursor& cursor);

 private:
  // Compares without building strings.
  struct NameLess {
    using is_transparent = void;
    using View = std::pair<std::string_view, std::string_view>;
    bool operator()(const View& a, const View& b) const { return a < b; }
  };
  using Name = std::pair<std::string, std::string>;  // (namespace, name)
  using Objects = std::map<Name, VersionChain, NameLess>;

  Objects::const_iterator Start(const ListWalk& walk) const;
  VersionChain& ChainOf(const StoreKey& key);
  void WakeScope(NameLess::View scope, std::int64_t revision, std::vector<Wake>& wakes);

  Objects objects_;
  std::deque<StoreEventPtr> events_;
  // Keyed by the scope's namespace and name, so that a commit finds the watches it concerns among
  // many thousand.
  std::map<Name, std::set<WatchCursor*>, NameLess> armed_;
};

}  // namespace noizy::apiserver
