#include "apiserver/resources/object_writer.h"

#include "apiserver/admission/rules.h"
#include "apiserver/resources/encode.h"
#include "apiserver/resources/prepare.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"

namespace noizy::apiserver {
namespace {

// A hot object may lose several races in a row; each loss means that somebody else's write went
// through, so this is progress, but a request must end.
constexpr int kMaxRaces = 16;
constexpr std::size_t kNameSuffixLength = 5;  // Kubernetes' generateName

WriteOp PutOp(const Kind& kind, StoreKey key, std::int64_t expected, const Value& object) {
  return {WriteOp::Kind::kPut, std::move(key), expected, EncodeStored(kind, object),
          AttributesOf(kind, object)};
}

WriteOp DeleteOp(const Kind& kind, const StoredObject& stored, const Value& last) {
  return {WriteOp::Kind::kDelete, stored.key, stored.revision, EncodeStored(kind, last),
          AttributesOf(kind, last)};
}

// What a dry run answers with: the object as it would be stored, at the revision it was decided on.
StoredObjectPtr Preview(const WriteOp& op) {
  auto object = std::make_shared<StoredObject>();
  object->key = op.key;
  object->revision = op.expected_revision;
  object->bytes = WithRevision(op.body, op.expected_revision);
  object->attributes = op.attributes;
  return object;
}

Status CheckDeletion(const Kind& kind, const Deletion& deletion, const StoredObject& stored,
                     const Value& object) {
  const auto failed = [&](std::string_view what, std::string_view asked, std::string_view is) {
    return Conflict(kind.Resource(), stored.key.name,
                    "Precondition failed: " + std::string(what) +
                        " in precondition: " + std::string(asked) + ", " + std::string(what) +
                        " in object meta: " + std::string(is));
  };
  if (!deletion.uid.empty() && deletion.uid != UidOf(object))
    return failed("UID", deletion.uid, UidOf(object));
  const std::string revision = std::to_string(stored.revision);
  if (!deletion.resource_version.empty() && deletion.resource_version != revision) {
    return failed("ResourceVersion", deletion.resource_version, revision);
  }
  return Status::Ok();
}

// What one round of a guarded write decided: an op, or nothing to write.
struct Step {
  std::optional<WriteOp> op;
  std::vector<std::string> warnings;
};

Result<Step> DecideUpdate(const Kind& kind, Subresource subresource, const ChangeFunction& change,
                          const WritePolicy& policy, const StoredObject& stored,
                          const Value& before) {
  Step step;
  Value after = before;
  NOIZY_ASSIGN_OR_RETURN(const bool changed, change(after));
  if (!changed) return step;
  NOIZY_RETURN_IF_ERROR(SucceedObject(kind, subresource, stored, before, after));
  NOIZY_RETURN_IF_ERROR(AdmitObject({kind, subresource, &before, after}, policy, step.warnings));
  RaiseGeneration(kind, before, after);
  if (IsReadyToVanish(after)) {
    step.op = DeleteOp(kind, stored, after);
  } else if (!Equal(before, after)) {
    step.op = PutOp(kind, stored.key, stored.revision, after);
  }
  return step;
}

// Removes an object without finalizers; marks one that has some, so that their owners can finish
// and take them off.
Result<Step> DecideDelete(const Kind& kind, const Deletion& deletion, const StoredObject& stored,
                          const Value& before, const std::string& now) {
  Step step;
  NOIZY_RETURN_IF_ERROR(CheckDeletion(kind, deletion, stored, before));
  Value after = before;
  if (!IsBeingDeleted(before)) {
    if (deletion.propagation_policy == "Foreground") AddFinalizer(after, "foregroundDeletion");
    if (deletion.propagation_policy == "Orphan") AddFinalizer(after, "orphan");
  }
  if (FinalizersOf(after).empty()) {
    step.op = DeleteOp(kind, stored, after);
    return step;
  }
  if (IsBeingDeleted(before)) return step;
  Set(after, {"metadata", "deletionTimestamp"}, Value(now));
  Set(after, {"metadata", "deletionGracePeriodSeconds"}, deletion.grace_period_seconds.value_or(0));
  if (const std::int64_t generation = GenerationOf(before))
    Set(after, {"metadata", "generation"}, generation + 1);
  step.op = PutOp(kind, stored.key, stored.revision, after);
  return step;
}

}  // namespace

// A read, a decision and a guarded write, repeated while others win the race. Kept alive by the
// store's callback.
struct ObjectWriter::GuardedWrite {
  KindPtr kind;
  StoreKey key;
  WritePolicy policy;
  std::function<Result<Step>(const StoredObject& stored, const Value& before)> decide;
  WriteDone done;
  int races = 0;
};

Status ObjectWriter::CheckNamespace(const Kind& kind, const Value& object) const {
  if (!kind.namespaced()) return Status::Ok();
  const std::string ns(NamespaceOf(object));
  const StoredObjectPtr stored = store_.Get({"namespaces", "", ns});
  if (stored == nullptr) return NotFound("namespaces", ns);
  // Only a marked Namespace carries the member, and names cannot hold quotes: a search of the bytes
  // is exact enough to skip parsing.
  if (stored->bytes.find("\"deletionTimestamp\":") == std::string::npos) return Status::Ok();
  return Forbidden(kind.Resource() + " \"" + std::string(NameOf(object)) +
                   "\" is forbidden: unable to create new content in namespace " + ns +
                   " because it is being terminated");
}

void ObjectWriter::StampNew(const Kind& kind, Value& object) {
  Value& metadata = Ensure(object, {"metadata"});
  const std::string_view prefix = StringAt(object, {"metadata", "generateName"});
  if (NameOf(object).empty() && !prefix.empty()) {
    Set(metadata, {"name"}, Value(std::string(prefix) + random_.NameSuffix(kNameSuffixLength)));
  }
  for (const std::string_view member :
       {"resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
    Remove(metadata, {member});
  }
  Set(metadata, {"uid"}, Value(random_.Uuid()));
  Set(metadata, {"creationTimestamp"}, Value(FormatTime(clock_.Now())));
  // As in Kubernetes, plain core objects have no generation; those with a spec and a status do.
  if (kind.has_status || !kind.gvk.group.empty()) {
    Set(metadata, {"generation"}, 1);
  } else {
    Remove(metadata, {"generation"});
  }
  if (kind.has_status) Remove(object, {"status"});
}

Result<WriteOp> ObjectWriter::PrepareCreate(const Kind& kind, Value& object,
                                            const WritePolicy& policy,
                                            std::vector<std::string>& warnings) {
  StampNew(kind, object);
  NOIZY_RETURN_IF_ERROR(CheckNamespace(kind, object));
  NOIZY_RETURN_IF_ERROR(AdmitObject({kind, Subresource::kNone, nullptr, object}, policy, warnings));
  StoreKey key{kind.Resource(), std::string(NamespaceOf(object)), std::string(NameOf(object))};
  return PutOp(kind, std::move(key), 0, object);
}

void ObjectWriter::Create(const KindPtr& kind, Value object, const WritePolicy& policy,
                          WriteDone done) {
  std::vector<std::string> warnings;
  Result<WriteOp> op = PrepareCreate(*kind, object, policy, warnings);
  if (!op.ok()) return done(op.status());
  if (policy.dry_run && store_.Get(op->key) != nullptr)
    return done(AlreadyExists(op->key.resource, op->key.name));
  Commit(*std::move(op), std::move(warnings), policy, std::move(done));
}

void ObjectWriter::Commit(WriteOp op, std::vector<std::string> warnings, const WritePolicy& policy,
                          WriteDone done) {
  const bool deleted = op.kind == WriteOp::Kind::kDelete;
  if (policy.dry_run) return done(WriteOutcome{Preview(op), std::move(warnings), deleted});
  std::vector<WriteOp> ops;
  ops.push_back(std::move(op));
  store_.Write(std::move(ops),
               [done = std::move(done), warnings = std::move(warnings), deleted](auto result) {
                 if (!result.ok()) return done(result.status());
                 done(WriteOutcome{std::move(result->front()), warnings, deleted});
               });
}

void ObjectWriter::Run(const std::shared_ptr<GuardedWrite>& write) {
  const StoredObjectPtr stored = store_.Get(write->key);
  if (stored == nullptr) return write->done(NotFound(write->key.resource, write->key.name));
  const Result<Value> before = DecodeAs(*write->kind, *stored);
  if (!before.ok()) return write->done(before.status());
  Result<Step> step = write->decide(*stored, *before);
  if (!step.ok()) return write->done(step.status());
  if (!step->op) return write->done(WriteOutcome{stored, std::move(step->warnings), false});
  Commit(*std::move(step->op), std::move(step->warnings), write->policy,
         [this, write](Result<WriteOutcome> outcome) {
           const bool lost_race =
               !outcome.ok() && outcome.status().reason() == StatusReason::kConflict;
           if (lost_race && ++write->races < kMaxRaces) return Run(write);
           write->done(std::move(outcome));
         });
}

void ObjectWriter::Update(const KindPtr& kind, const StoreKey& key, Subresource subresource,
                          ChangeFunction change, const WritePolicy& policy, WriteDone done) {
  auto decide = [kind, subresource, change = std::move(change), policy](const StoredObject& stored,
                                                                        const Value& before) {
    return DecideUpdate(*kind, subresource, change, policy, stored, before);
  };
  Run(std::make_shared<GuardedWrite>(
      GuardedWrite{kind, key, policy, std::move(decide), std::move(done)}));
}

void ObjectWriter::Delete(const KindPtr& kind, const StoreKey& key, const Deletion& deletion,
                          const WritePolicy& policy, WriteDone done) {
  auto decide = [this, kind, deletion](const StoredObject& stored, const Value& before) {
    return DecideDelete(*kind, deletion, stored, before, FormatTime(clock_.Now()));
  };
  Run(std::make_shared<GuardedWrite>(
      GuardedWrite{kind, key, policy, std::move(decide), std::move(done)}));
}

}  // namespace noizy::apiserver
