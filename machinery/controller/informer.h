// Informers: a local copy of all objects of a kind, kept by list and watch; listers read it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "machinery/base/executor.h"
#include "machinery/client/client.h"
#include "machinery/meta/object_meta.h"

namespace noizy {

/// What an informer is fed by: list, then watch, for ever. The real one (ReflectorSource, informer.cc) has a thread that blocks in
/// Client::Watch, relists on Expired, backs off with jitter on errors, and posts to the executor; a test's fake feeds by hand.
class ObjectSource {
 public:
  struct Sink {
    /// The whole state after a (re)list.
    std::function<void(std::vector<Value>)> on_list;
    std::function<void(WatchEvent)> on_event;
  };
  virtual ~ObjectSource() = default;
  virtual void Start(const ResourceRef& resource, Sink sink) = 0;
  virtual void Stop() = 0;
};
using ObjectSourceFactory = std::function<std::unique_ptr<ObjectSource>()>;

/// Reads the local copy. Objects are immutable and stay valid as long as they are held. Executor thread only.
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

/// What the factory knows of an informer without its type.
class InformerBase {
 public:
  virtual ~InformerBase() = default;
  virtual void Start(ObjectSourceFactory source, Executor& executor) = 0;
  virtual void Stop() = 0;
  virtual bool HasSynced() const = 0;
};

/// The local copy of one kind, shared by all controllers of a process. Executor thread only, but for AddHandler before Start.
template <typename T>
class Informer final : public InformerBase {
 public:
  /// `before` is null for a creation, `after` for a deletion; both come for an update and for an unchanged relist nothing does.
  using Handler = std::function<void(const T* before, const T* after)>;

  void AddHandler(Handler handler) { handlers_.push_back(std::move(handler)); }
  const Lister<T>& lister() const { return lister_; }
  bool HasSynced() const override { return synced_; }

  void Start(ObjectSourceFactory source, Executor& executor) override;
  void Stop() override {
    if (source_) source_->Stop();
  }

  // What the source feeds; public for tests.
  void Replace(const std::vector<Value>& objects);
  void Apply(const WatchEvent& event);

 private:
  void Put(std::shared_ptr<const T> object);
  void Drop(const ObjectKey& key);

  Lister<T> lister_;
  std::vector<Handler> handlers_;
  std::unique_ptr<ObjectSource> source_;
  bool synced_ = false;
};

/// One informer per kind and process.
class InformerFactory {
 public:
  InformerFactory(ObjectSourceFactory source, Executor& executor) : source_(std::move(source)), executor_(executor) {}

  template <typename T>
  Informer<T>& Get() {
    auto& slot = informers_[std::type_index(typeid(T))];
    if (!slot) slot = std::make_unique<Informer<T>>();
    return static_cast<Informer<T>&>(*slot);
  }
  /// Starts every informer that was asked for. Later ones are started by calling it again.
  void Start();
  void Stop();
  bool HasSynced() const;

 private:
  ObjectSourceFactory source_;
  Executor& executor_;
  std::map<std::type_index, std::unique_ptr<InformerBase>> informers_;
  std::map<std::type_index, bool> started_;
};

/// The ResourceRef of a generated kind.
template <typename T>
ResourceRef ResourceOf() {
  return {std::string(T::kGroup), std::string(T::kVersion), std::string(T::kPlural), T::kNamespaced};
}

/// List-and-watch over `client`, with a thread of its own, posting to `executor`.
ObjectSourceFactory ReflectorSources(std::shared_ptr<Client> client, Executor& executor, Clock& clock, Random& random);

}  // namespace noizy

#include "machinery/controller/informer_impl.h"  // the templates' bodies
