#include "apiserver/agents/assignments.h"

#include "apiserver/agents/reports.h"
#include "apiserver/resources/encode.h"
#include "machinery/base/log.h"
#include "machinery/meta/meta.h"
#include "machinery/value/json_parts.h"

namespace noizy::apiserver {
namespace {

constexpr std::chrono::seconds kRetryAfter{1};

ObjectKey KeyOfRef(const v1::AttemptRef& ref) {
  return {ref.namespace_(), ref.name()};
}

ObjectKey KeyOfObject(const StoredObject& object) {
  return {object.key.ns, object.key.name};
}

bool IsFinishedPhase(std::string_view phase) {
  return phase == "Succeeded" || phase == "Failed" || phase == "Cancelled";
}

std::string TaskName(const v1::AttemptRef& ref) {
  return "Task " + KeyOfRef(ref).ToString();
}

v1::ServerMessage Message(v1::Assignment assignment) {
  v1::ServerMessage message;
  *message.mutable_assignment() = std::move(assignment);
  return message;
}

v1::ServerMessage Message(v1::Cancellation cancellation) {
  v1::ServerMessage message;
  *message.mutable_cancellation() = std::move(cancellation);
  return message;
}

// The words of an attempt's record for why it could not be assigned.
std::string ReasonOf(const Status& status) {
  return status.reason() == StatusReason::kNotFound ? "SecretNotFound" : "StartFailed";
}

}  // namespace

Assignments::Assignments(GridState& grid, Executor& executor, const Clock& clock, Events events)
    : grid_(grid),
      executor_(executor),
      clock_(clock),
      events_(std::move(events)),
      feed_(grid.store(), executor, std::string(Task::kResource), Feed()) {}

FeedEvents Assignments::Feed() {
  FeedEvents feed;
  feed.on_reset = [this] {
    synced_ = false;
    bound_.clear();
    node_of_.clear();
    uids_.clear();
  };
  feed.on_put = [this](const StoredObjectPtr& object) {
    Index(object);
    Tell(*object);
    Consider(KeyOfObject(*object));
  };
  feed.on_delete = [this](const StoredObjectPtr& object) {
    Forget(KeyOfObject(*object));
    const auto value = DecodeObject(*object);
    if (value.ok()) events_.on_gone(std::string(UidOf(*value)));
    Consider(KeyOfObject(*object));
  };
  feed.on_synced = [this] {
    synced_ = true;
    events_.on_synced(std::exchange(uids_, {}));
    // What vanished unheard shows in what is held, too.
    std::vector<ObjectKey> keys;
    for (const auto& [key, nodes] : holders_) keys.push_back(key);
    for (const ObjectKey& key : keys) Consider(key);
  };
  return feed;
}

void Assignments::Index(const StoredObjectPtr& object) {
  const ObjectKey key = KeyOfObject(*object);
  Forget(key);
  const std::string node(FieldOf(*object, "status.nodeName"));
  if (node.empty() || IsFinishedPhase(FieldOf(*object, "status.phase"))) return;
  bound_[node].insert(key);
  node_of_[key] = node;
}

void Assignments::Forget(const ObjectKey& key) {
  const auto node = node_of_.find(key);
  if (node == node_of_.end()) return;
  bound_[node->second].erase(key);
  node_of_.erase(node);
}

// Whoever else follows Tasks here: the logs, to which only the end of an attempt says something,
// and at the start which Tasks there are.
void Assignments::Tell(const StoredObject& object) {
  if (!synced_) {
    static const JsonParts kUid{"metadata.uid"};
    const auto part = kUid.Read(object.bytes);
    if (part.ok()) uids_.emplace(UidOf(*part));
  }
  if (!MayHaveMember(object, "finishTime")) return;
  const auto value = DecodeObject(object);
  if (!value.ok()) return;
  const auto task = Task::FromValue(*value);
  if (task.ok()) events_.on_task(*task);
}

void Assignments::Attach(const std::string& node, std::shared_ptr<AgentStream> stream,
                         const std::vector<v1::AttemptRef>& held) {
  if (const auto old = connections_.find(node); old != connections_.end()) {
    Detach(node, old->second.stream.get());
  }
  Connection& connection = connections_[node];
  connection.stream = std::move(stream);
  std::set<ObjectKey> keys = bound_[node];
  for (const v1::AttemptRef& ref : held) {
    const bool is_new =
        connection.held.emplace(AttemptKey(ref.uid(), ref.attempt()), Held{ref}).second;
    if (is_new) holders_[KeyOfRef(ref)].insert(node);
    keys.insert(KeyOfRef(ref));
  }
  for (const ObjectKey& key : keys) Consider(key);
}

void Assignments::Detach(const std::string& node, const AgentStream* stream) {
  const auto found = connections_.find(node);
  if (found == connections_.end() || found->second.stream.get() != stream) return;
  for (const auto& [attempt, held] : found->second.held) {
    const auto holders = holders_.find(KeyOfRef(held.ref));
    holders->second.erase(holders->second.find(node));
    if (holders->second.empty()) holders_.erase(holders);
  }
  connections_.erase(found);
}

void Assignments::BeginReport(const std::string& node, const v1::AttemptRef& ref) {
  if (Held* held = Find(node, ref)) held->ending = true;
}

void Assignments::Settle(const std::string& node, const v1::AttemptRef& ref) {
  if (Find(node, ref) == nullptr) return;
  connections_[node].held.erase({ref.uid(), ref.attempt()});
  const auto holders = holders_.find(KeyOfRef(ref));
  holders->second.erase(holders->second.find(node));
  if (holders->second.empty()) holders_.erase(holders);
  Consider(KeyOfRef(ref));
}

bool Assignments::IsCurrent(const std::string& node, const v1::AttemptRef& ref) {
  const Held* held = Find(node, ref);
  return held != nullptr && !held->cancelled;
}

Assignments::Held* Assignments::Find(const std::string& node, const v1::AttemptRef& ref) {
  const auto connection = connections_.find(node);
  if (connection == connections_.end()) return nullptr;
  const auto held = connection->second.held.find({ref.uid(), ref.attempt()});
  return held == connection->second.held.end() ? nullptr : &held->second;
}

void Assignments::Consider(const ObjectKey& key) {
  std::set<std::string> nodes;
  if (const auto holders = holders_.find(key); holders != holders_.end()) {
    nodes.insert(holders->second.begin(), holders->second.end());
  }
  if (const auto node = node_of_.find(key); node != node_of_.end()) nodes.insert(node->second);
  std::erase_if(nodes, [this](const std::string& node) { return !connections_.contains(node); });
  if (nodes.empty()) return;
  const Result<Task> task = grid_.ReadTask(key);
  if (!task.ok() && task.status().reason() != StatusReason::kNotFound) {
    return LogError("Failed to read a Task",
                    {{"object", "Task " + key.ToString()}, {"error", task.status().ToString()}});
  }
  for (const std::string& node : nodes) ConsiderOn(node, key, task.ok() ? &*task : nullptr);
}

void Assignments::ConsiderOn(const std::string& node, const ObjectKey& key, const Task* task) {
  Connection& connection = connections_[node];
  for (auto& [attempt, held] : connection.held) {
    if (KeyOfRef(held.ref) != key || held.cancelled || held.ending) continue;
    const Instruction told = DecideHeld(task, node, held.ref);
    if (told.kind == Instruction::Kind::kCancel) Cancel(connection, held, task, told.reason);
  }
  if (task == nullptr || Find(node, RefOf(*task)) != nullptr) return;
  const std::int64_t epoch = events_.lease_epoch(node);
  const Instruction told = DecideMissing(*task, node, epoch);
  switch (told.kind) {
    case Instruction::Kind::kAssign:
      return Assign(node, connection, *task);
    case Instruction::Kind::kClaim:
      return Claim(node, *task, epoch);
    case Instruction::Kind::kWait:
      leaseless_[node].insert(key);
      return;
    case Instruction::Kind::kGiveUp:
      return GiveUp(node, *task, told.reason, told.message);
    case Instruction::Kind::kCancel:
    case Instruction::Kind::kNothing:
      return;
  }
}

void Assignments::Assign(const std::string& node, Connection& connection, const Task& task) {
  auto assignment = MakeAssignment(task, [&](const std::string& secret) {
    return grid_.ReadSecret({task.metadata.ns, secret});
  });
  if (!assignment.ok()) {
    return GiveUp(node, task, ReasonOf(assignment.status()), assignment.status().message());
  }
  auto token = events_.fence_token(task);
  if (!token.ok()) return GiveUp(node, task, "StartFailed", token.status().message());
  assignment->set_fence_token(*std::move(token));
  const v1::AttemptRef ref = RefOf(task);
  connection.held.emplace(AttemptKey(ref.uid(), ref.attempt()), Held{ref});
  holders_[KeyOfRef(ref)].insert(node);
  connection.stream->Send(Message(*std::move(assignment)));
  LogInfo("Assigned an attempt",
          {{"object", TaskName(ref)}, {"node", node}, {"attempt", std::to_string(ref.attempt())}});
}

void Assignments::Cancel(Connection& connection, Held& held, const Task* task,
                         const std::string& reason) {
  held.cancelled = true;
  connection.stream->Send(Message(MakeCancellation(task, held.ref, reason)));
  LogInfo("Cancelled an attempt", {{"object", TaskName(held.ref)},
                                   {"attempt", std::to_string(held.ref.attempt())},
                                   {"reason", reason}});
}

void Assignments::GiveUp(const std::string& node, const Task& task, const std::string& reason,
                         const std::string& message) {
  const v1::AttemptRef ref = RefOf(task);
  Write(ref, [node, ref, reason, message, now = clock_.Now()](Task& newest) -> Result<bool> {
    NOIZY_ASSIGN_OR_RETURN(TaskStatus next, ApplyGivenUp(newest, node, ref, reason, message, now));
    if (next == newest.status) return false;
    newest.status = std::move(next);
    return true;
  });
}

// What the Task says then leads here again, and the attempt is assigned.
void Assignments::Claim(const std::string& node, const Task& task, std::int64_t epoch) {
  const v1::AttemptRef ref = RefOf(task);
  Write(ref, [node, ref, epoch](Task& newest) -> Result<bool> {
    NOIZY_ASSIGN_OR_RETURN(TaskStatus next, ApplyClaim(newest, node, ref, epoch));
    if (next == newest.status) return false;
    newest.status = std::move(next);
    return true;
  });
}

void Assignments::OnLease(const std::string& node) {
  const auto waiting = leaseless_.find(node);
  if (waiting == leaseless_.end() || events_.lease_epoch(node) == 0) return;
  const std::set<ObjectKey> keys = std::move(waiting->second);
  leaseless_.erase(waiting);
  for (const ObjectKey& key : keys) Consider(key);
}

// One write of an attempt at a time; one that failed is tried again by asking anew.
void Assignments::Write(const v1::AttemptRef& ref, GridState::Change<Task> change) {
  if (!writing_.emplace(ref.uid(), ref.attempt()).second) return;
  const auto done = [this, ref](const Status& status) {
    writing_.erase({ref.uid(), ref.attempt()});
    // What it said while it was being written was not listened to.
    if (status.ok()) return Consider(KeyOfRef(ref));
    if (status.reason() == StatusReason::kNotFound) return;
    LogWarning("Failed to write an attempt's record",
               {{"object", TaskName(ref)}, {"error", status.ToString()}});
    executor_.PostAfter(kRetryAfter, [this, ref] { Consider(KeyOfRef(ref)); });
  };
  grid_.ChangeTaskStatus(KeyOfRef(ref), std::move(change),
                         [&executor = executor_, done](const Status& status) {
                           executor.Post([done, status] { done(status); });
                         });
}

}  // namespace noizy::apiserver
