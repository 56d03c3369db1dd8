// The objects of a FakeApi and the rules of writing them; private to it. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "tests/fakes/fake_api.h"

namespace noizy {

/// Copied and set back by a transaction that fails.
class FakeStore {
 public:
  struct Change {
    std::int64_t revision = 0;
    ResourceRef resource;
    WatchEvent event;
  };
  using Objects = std::map<ObjectKey, Value>;
  enum class Part : std::uint8_t { kMain, kStatus };

  explicit FakeStore(const Clock& clock) : clock_(&clock) {}

  std::map<ResourceRef, FakeKind>& kinds() { return kinds_; }
  const FakeKind* KindOf(const Value& object) const;
  const Objects& ObjectsOf(const ResourceRef& resource) { return objects_[resource]; }
  const std::map<ResourceRef, Objects>& objects() const { return objects_; }
  const std::vector<Change>& history() const { return history_; }
  std::int64_t revision() const { return revision_; }
  std::int64_t compacted() const { return compacted_; }
  void Compact();

  Result<Value> Get(const FakeKind& kind, const ObjectKey& key);
  Result<Value> Create(const FakeKind& kind, const std::string& ns, Value object);
  Result<Value> Update(const FakeKind& kind, const ObjectKey& key, Value object, Part part);
  Result<Value> Patch(const FakeKind& kind, const ObjectKey& key, std::string_view content_type,
                      const Value& patch, Part part);
  /// `options` is a DeleteOptions object or null.
  Result<Value> Delete(const FakeKind& kind, const ObjectKey& key, const Value& options);
  Value Put(const FakeKind& kind, Value object);
  void Erase(const ResourceRef& resource, const ObjectKey& key);

 private:
  void FillIn(const FakeKind& kind, const ObjectKey& key, Value& object);
  const Value& Store(const FakeKind& kind, const ObjectKey& key, Value object);

  const Clock* clock_;
  std::map<ResourceRef, FakeKind> kinds_;
  std::map<ResourceRef, Objects> objects_;
  std::map<std::string, int> incarnations_;
  std::vector<Change> history_;
  std::int64_t revision_ = 100;
  std::int64_t compacted_ = 0;
};

}  // namespace noizy
