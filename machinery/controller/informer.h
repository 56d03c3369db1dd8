// Informers: a local copy of all objects of a kind, kept by list and watch; listers read it.
//
//   API server ── list, watch ──▶ ObjectSource ──(executor)──▶ Informer ──▶ Lister (reads),
//   handlers (→ work queues)
//
// One informer per kind serves every controller of the process. Everything here lives on one
// Executor: only a source may have a thread of its own, and it posts. Stop and destroy on the
// executor's thread, or once the executor has stopped.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/random.h"
#include "machinery/client/typed.h"
#include "machinery/meta/object_meta.h"

namespace noizy {

/// What an informer is fed by: list, then watch, for ever. The real one is ReflectorSources()
/// (reflector.h); a test's fake feeds by hand.
class ObjectSource {
 public:
  /// Called on the executor's thread only, never after Stop, nor from within Start.
  struct Sink {
    /// The whole state after a (re)list.
    std::function<void(std::vector<Value>)> on_list;
    std::function<void(WatchEvent)> on_event;
  };
  virtual ~ObjectSource() = default;
  virtual void Start(const ResourceRef& resource, Sink sink) = 0;
  /// Asks the source to end, without waiting, so that many can end at once.
  virtual void BeginStop() {}
  /// Returns when nothing of it runs any more. Idempotent.
  virtual void Stop() = 0;
};
using ObjectSourceFactory = std::function<std::unique_ptr<ObjectSource>()>;

/// Reads the local copy. Objects are immutable and stay valid as long as they are held. Executor
/// thread only.
template <typename T>
class Lister {
 public:
  std::shared_ptr<const T> Get(const ObjectKey& key) const {
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
  }
  const std::map<ObjectKey, std::shared_ptr<const T>>& All() const { return objects_; }

 private:
  template <typename>
  friend class Informer;
  std::map<ObjectKey, std::shared_ptr<const T>> objects_;
};

/// What is known of an informer without its type. Executor thread only.
class InformerBase {
 public:
  explicit InformerBase(ResourceRef resource) : resource_(std::move(resource)) {}
  virtual ~InformerBase() = default;
  InformerBase(const InformerBase&) = delete;
  InformerBase& operator=(const InformerBase&) = delete;

  const ResourceRef& resource() const { return resource_; }

  virtual void Start(const ObjectSourceFactory& sources) = 0;
  virtual void BeginStop() = 0;
  virtual void Stop() = 0;
  /// The local copy as objects, in the order of their keys: for tests and for showing to people.
  virtual std::vector<Value> Snapshot() const = 0;

  /// True once the first list has arrived.
  bool HasSynced() const { return synced_; }
  /// Calls `done` once, after the handlers have seen the first list; at once when they have.
  void WhenSynced(std::function<void()> done);

 protected:
  void MarkSynced();
  void TellUnreadable(const Value& object, const Status& why) const;

 private:
  ResourceRef resource_;
  bool synced_ = false;
  std::vector<std::function<void()>> when_synced_;
};

/// The local copy of one kind. T has FromValue(const Value&) and ToValue() and a `metadata` of type
/// ObjectMeta.
template <typename T>
class Informer final : public InformerBase {
 public:
  /// `before` is null for a creation, `after` for a deletion; both come for an update. An object
  /// that was replaced by another of the same name is a deletion and a creation. A relist calls it
  /// only for what changed.
  using Handler = std::function<void(const T* before, const T* after)>;

  Informer() : Informer(ResourceOf<T>()) {}
  explicit Informer(ResourceRef resource) : InformerBase(std::move(resource)) {}
  ~Informer() override { Stop(); }

  /// Objects already held are handed to `handler` at once, as creations.
  void AddHandler(Handler handler);
  const Lister<T>& lister() const { return lister_; }

  void Start(const ObjectSourceFactory& sources) override;
  void BeginStop() override;
  void Stop() override;
  std::vector<Value> Snapshot() const override;

  // What the source feeds; public for tests.
  void Replace(const std::vector<Value>& objects);
  void Apply(const WatchEvent& event);

 private:
  using Pointer = std::shared_ptr<const T>;
  void Read(const Value& value);
  void Put(Pointer object);
  void Drop(const ObjectKey& key);
  void Notify(const T* before, const T* after);

  Lister<T> lister_;
  std::vector<Handler> handlers_;
  std::unique_ptr<ObjectSource> source_;
};

/// One informer per kind and process. Executor thread only, but for Get before Start.
class InformerFactory {
 public:
  InformerFactory(ObjectSourceFactory sources, Executor& executor)
      : sources_(std::move(sources)), executor_(executor), alive_(std::make_shared<bool>(true)) {}
  ~InformerFactory();
  InformerFactory(const InformerFactory&) = delete;
  InformerFactory& operator=(const InformerFactory&) = delete;

  template <typename T>
  Informer<T>& Get() {
    auto& slot = informers_[std::type_index(typeid(T))];
    if (!slot) slot = std::make_unique<Informer<T>>();
    return static_cast<Informer<T>&>(*slot);
  }
  /// Starts every informer that was asked for. Later ones are started by calling it again.
  void Start();
  /// Ends all sources, side by side. The local copies stay.
  void Stop();
  bool HasSynced() const;
  /// Posts `done` to the executor once every informer asked for until then has synced.
  void WhenSynced(std::function<void()> done);
  /// Every informer, in no particular order.
  std::vector<const InformerBase*> All() const;

 private:
  ObjectSourceFactory sources_;
  Executor& executor_;
  std::map<std::type_index, std::unique_ptr<InformerBase>> informers_;
  std::set<std::type_index> started_;
  std::shared_ptr<bool>
      alive_;  // false once destroyed: posted functions look before they touch this
};

/// List-and-watch over `client`: resumes from the last resourceVersion, lists again when that has
/// expired, backs off with jitter on errors. Each source has a thread of its own that posts to
/// `executor`. What is passed outlives the sources and the executor's last function. `base` goes
/// with every list and watch (selectors, metadata_only).
ObjectSourceFactory ReflectorSources(std::shared_ptr<Client> client, Executor& executor,
                                     Clock& clock, Random& random, ListQuery base = {});

}  // namespace noizy

#include "machinery/controller/informer_impl.h"  // the templates' bodies
