// The reconcile runtime: registration is three lines; queue, back-off, panic guard and metrics are
// the runtime's.
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
#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/metrics.h"
#include "machinery/base/random.h"
#include "machinery/base/worker_pool.h"
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

/// A key that conflicts this often in a row is not retried at once any more, but with back-off:
/// somebody else writes all the time.
inline constexpr int kImmediateConflictRetries = 5;

/// Runs one reconciler, one key at a time or, where it allows that, a few abreast. Used on the
/// executor's thread (destroyed there too, or once the executor has stopped), but for the
/// constructor and registration, which may come from any thread before the informers start.
class Controller {
 public:
  Controller(ControllerContext context, std::unique_ptr<Reconciler> reconciler);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  /// Reconciles every object of T when it changes.
  template <typename T>
  void For() {
    Watches<T>([](const T& object) { return std::vector<ObjectKey>{object.metadata.Key()}; });
  }
  /// Reconciles the owner (by controller owner reference of kind `owner_kind`) of every T that
  /// changes. The owner has the T's namespace.
  template <typename T>
  void Owns(std::string owner_kind) {
    Watches<T>(
        [owner_kind](const T& object) { return ControllerKeys(object.metadata, owner_kind); });
  }
  /// Reconciles the keys that `map` names when a T changes, its old and its new version both asked.
  template <typename T>
  void Watches(std::function<std::vector<ObjectKey>(const T&)> map) {
    context_.informers.Get<T>().AddHandler(
        [this, alive = alive_, map = std::move(map)](const T* before, const T* after) {
          if (!*alive) return;
          if (before != nullptr) Enqueue(map(*before));
          if (after != nullptr) Enqueue(map(*after));
        });
  }

  /// Has `workers` reconcile other keys beside the executor's thread, so that their writes share
  /// commits; null for none. The executor waits for all of them, so that nothing that a lister
  /// holds changes meanwhile; the reconciler must take calls for different keys from several
  /// threads. Controllers of one executor may share the workers. Before Start.
  void ReconcileAbreast(std::shared_ptr<WorkerPool> workers);

  /// Asks for `keys` to be reconciled, for causes that are no object's change. Kept until Start;
  /// ignored after Stop.
  void Enqueue(const std::vector<ObjectKey>& keys);

  /// Begins to work once every informer that was asked for has synced.
  void Start();
  /// Takes no further key. Cannot be undone.
  void Stop();

  Reconciler& reconciler() { return *reconciler_; }

 private:
  enum class Phase : std::uint8_t { kNew, kSyncing, kRunning, kStopped };

  static std::vector<ObjectKey> ControllerKeys(const ObjectMeta& metadata,
                                               const std::string& owner_kind);
  void Pump();
  void SchedulePump();
  void ArmTimer();
  std::vector<ObjectKey> TakeReady();
  std::vector<Result<Requeue>> RunAbreast(const std::vector<ObjectKey>& keys);
  Result<Requeue> RunOne(const ObjectKey& key);
  Result<Requeue> ReconcileGuarded(const ObjectKey& key);
  void Settle(const ObjectKey& key, const Result<Requeue>& outcome);
  void Succeeded(const ObjectKey& key, const Requeue& requeue);
  void Failed(const ObjectKey& key, const Status& error);

  ControllerContext context_;
  std::unique_ptr<Reconciler> reconciler_;
  WorkQueue queue_;
  std::shared_ptr<WorkerPool> workers_;
  Histogram seconds_;
  Counter errors_;
  Counter panics_;
  Phase phase_ = Phase::kNew;
  bool pump_posted_ = false;
  Executor::TimerId timer_ = 0;
  std::optional<MonotonicTime> timer_due_;
  std::map<ObjectKey, int> conflicts_;         // in a row, by key
  std::map<ObjectKey, StatusReason> failing_;  // the last error that was logged, by key
  std::shared_ptr<bool>
      alive_;  // false once destroyed: posted functions look before they touch this
};

}  // namespace noizy
