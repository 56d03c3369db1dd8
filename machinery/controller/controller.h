// The reconcile runtime: registration is three lines; queue, back-off, panic guard and metrics are the runtime's.
//
//   Controller controller(context, std::make_unique<TaskReconciler>(…));
//   controller.For<Task>();
//   controller.Watches<Node>([](const Node& node) { return KeysOfTasksOn(node); });
//   controller.Start();
//
// All of it runs on the context's Executor; informers' threads only post to it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/random.h"
#include "machinery/client/client.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"
#include "machinery/controller/work_queue.h"

namespace noizy {

class EventRecorder;

/// What every controller is given. Owned by the program; outlives its controllers.
struct ControllerContext {
  Client& client;
  Executor& executor;
  Clock& clock;
  Random& random;
  InformerFactory& informers;
  EventRecorder& events;
};

/// Runs one reconciler. Used on the executor's thread, but for the constructor and registration, which come before Start.
class Controller {
 public:
  Controller(ControllerContext context, std::unique_ptr<Reconciler> reconciler);
  ~Controller();

  /// Reconciles every object of T when it changes.
  template <typename T>
  void For() {
    Watches<T>([](const T& object) { return std::vector<ObjectKey>{object.metadata.Key()}; });
  }
  /// Reconciles the owner (by controller owner reference of kind `owner_kind`) of every T that changes.
  template <typename T>
  void Owns(std::string owner_kind) {
    Watches<T>([owner_kind](const T& object) { return ControllerKeys(object.metadata, owner_kind); });
  }
  /// Reconciles the keys that `map` names when a T changes, its old and its new version both asked.
  template <typename T>
  void Watches(std::function<std::vector<ObjectKey>(const T&)> map) {
    context_.informers.Get<T>().AddHandler([this, map = std::move(map)](const T* before, const T* after) {
      if (before != nullptr) Enqueue(map(*before));
      if (after != nullptr) Enqueue(map(*after));
    });
  }

  /// Begins to work once every informer it watches has synced.
  void Start();
  void Stop();

 private:
  static std::vector<ObjectKey> ControllerKeys(const ObjectMeta& metadata, const std::string& owner_kind);
  void Enqueue(const std::vector<ObjectKey>& keys);
  void Pump();
  void RunOne(const ObjectKey& key);

  ControllerContext context_;
  std::unique_ptr<Reconciler> reconciler_;
  WorkQueue queue_;
  bool started_ = false;
  std::shared_ptr<bool> alive_;  // false once destroyed: posted functions look before they touch this
};

}  // namespace noizy
