// Which attempts each connected node holds, and what it is told about them.
//
// Level-triggered: whatever happens to a Task, or to a node's connection, leads to the same
// question, asked of the newest committed state: what of this Task does this node hold, and what
// should it? The answers are in assignment.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apiserver/agents/assignment.h"
#include "apiserver/agents/grid_state.h"
#include "apiserver/storage/object_feed.h"
#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/transport/agent_transport.h"

namespace noizy::apiserver {

/// For the executor's thread. Destroyed only when the executor runs nothing any more.
class Assignments {
 public:
  struct Events {
    /// A Task changed one of whose attempts has ended.
    std::function<void(const Task& task)> on_task;
    /// The epoch of the lease that a node holds; 0 for none.
    std::function<std::int64_t(const std::string& node)> lease_epoch;
    /// Signs NOIZY_FENCE_TOKEN for the Task's current attempt.
    std::function<Result<std::string>(const Task& task)> fence_token;
    /// A Task is gone.
    std::function<void(const std::string& uid)> on_gone;
    /// All Tasks there are have been told since the start, or since the feed began anew.
    std::function<void(const std::set<std::string>& uids)> on_synced;
  };

  Assignments(GridState& grid, Executor& executor, const Clock& clock, Events events);
  void Start() { feed_.Start(); }

  /// `node` is connected through `stream` and holds `held`. What it should have and stop having is
  /// sent at once.
  void Attach(const std::string& node, std::shared_ptr<AgentStream> stream,
              const std::vector<v1::AttemptRef>& held);
  /// The connection is gone. Does nothing when another one took its place.
  void Detach(const std::string& node, const AgentStream* stream);

  /// The node holds a lease again: what waited for one goes on.
  void OnLease(const std::string& node);

  /// The node said that an attempt ended; until Settle, it is neither cancelled nor assigned again.
  void BeginReport(const std::string& node, const v1::AttemptRef& ref);
  /// The report was taken or refused: the node forgets the attempt.
  void Settle(const std::string& node, const v1::AttemptRef& ref);
  /// True while the node holds the attempt and nobody told it to stop.
  bool IsCurrent(const std::string& node, const v1::AttemptRef& ref);

 private:
  using AttemptKey = std::pair<std::string, std::int64_t>;  // uid, number
  struct Held {
    v1::AttemptRef ref;
    bool cancelled = false;
    bool ending = false;  // its end was reported and is being written
  };
  struct Connection {
    std::shared_ptr<AgentStream> stream;
    std::map<AttemptKey, Held> held;
  };

  FeedEvents Feed();
  void Index(const StoredObjectPtr& object);
  void Forget(const ObjectKey& key);
  void Tell(const StoredObject& object);
  void Consider(const ObjectKey& key);
  void ConsiderOn(const std::string& node, const ObjectKey& key, const Task* task);
  void Claim(const std::string& node, const Task& task, std::int64_t epoch);
  void Write(const v1::AttemptRef& ref, GridState::Change<Task> change);
  void Assign(const std::string& node, Connection& connection, const Task& task);
  void Cancel(Connection& connection, Held& held, const Task* task, const std::string& reason);
  void GiveUp(const std::string& node, const Task& task, const std::string& reason,
              const std::string& message);
  Held* Find(const std::string& node, const v1::AttemptRef& ref);

  GridState& grid_;
  Executor& executor_;
  const Clock& clock_;
  const Events events_;
  std::map<std::string, Connection> connections_;            // by node
  std::map<std::string, std::set<ObjectKey>> bound_;         // by node: unfinished Tasks
  std::map<ObjectKey, std::string> node_of_;                 // the same, the other way round
  std::map<ObjectKey, std::multiset<std::string>> holders_;  // nodes that hold an attempt of it
  std::map<std::string, std::set<ObjectKey>> leaseless_;     // by node: Tasks that wait for a lease
  std::set<AttemptKey> writing_;                             // given up or claimed just now
  std::set<std::string> uids_;                               // heard since the feed began
  bool synced_ = false;
  ObjectFeed feed_;
};

}  // namespace noizy::apiserver
