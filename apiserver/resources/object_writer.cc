#include "apiserver/resources/object_writer.h"

#include "apiserver/admission/rules.h"
#include "apiserver/resources/encode.h"
#include "apiserver/resources/prepare.h"
#include "apiserver/resources/stored_form.h"
#include "apiserver/resources/write_group.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"

namespace noizy::apiserver {
namespace {

// A hot object may lose several races in a row; each loss means that somebody else's write went
// through, so this is progress, but a request must end.
constexpr int kMaxRaces = 16;
constexpr std::size_t kNameSuffixLength = 5;  // Kubernetes' generateName
constexpr std::size_t kMaxPrefixLength = 58;  // likewise: a label with the suffix
constexpr int kMaxNameTries = 8;              // likewise

// A member of a group stands or falls with the others: whoever sent it decides anew.
bool MayTryAgain(const WritePolicy& policy, int& races) {
  return policy.member == nullptr && ++races < kMaxRaces;
}

// As in Kubernetes, whose plain objects have none; those with a spec and a status do.
bool HasGeneration(const Kind& kind) {
  const std::string& group = kind.gvk.group;
  return kind.has_status ||
         !(group.empty() || group == "coordination.k8s.io" || group == "rbac.authorization.k8s.io");
}

std::string_view NameOfSubresource(Subresource subresource) {
  switch (subresource) {
    case Subresource::kNone:
      return "";
    case Subresource::kStatus:
      return "status";
    case Subresource::kScale:
      return "scale";
    case Subresource::kApproval:
      return "approval";
    case Subresource::kFinalize:
      return "finalize";
  }
  return "";
}

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
  object->bytes = op.expected_revision == 0 ? WithoutRevision(op.body)
                                            : WithRevision(op.body, op.expected_revision);
  object->attributes = op.attributes;
  return object;
}

Status CheckDeletion(const Kind& kind, const Deletion& deletion, const StoredObject& stored,
                     const Value& object) {
  const auto failed = [&](const std::string& what, const std::string& asked, std::string_view is,
                          std::string_view why) {
    return Conflict(kind.Resource(), stored.key.name,
                    "the " + what + " in the precondition (" + asked + ") does not match the " +
                        what + " in record (" + std::string(is) + "). The object might have been " +
                        std::string(why));
  };
  if (!deletion.uid.empty() && deletion.uid != UidOf(object))
    return failed("UID", deletion.uid, UidOf(object), "deleted and then recreated");
  const std::string revision = std::to_string(stored.revision);
  if (!deletion.resource_version.empty() && deletion.resource_version != revision)
    return failed("ResourceVersion", deletion.resource_version, revision, "modified");
  return Status::Ok();
}

// What is to be created by a PUT: of the path's name, and no object that was there before.
Status CheckPlaceable(const Kind& kind, const StoreKey& key, Value& object) {
  const std::string_view name = NameOf(object);
  if (!name.empty() && name != key.name) return NameMismatch(key, name);
  if (const std::string_view uid = UidOf(object); !uid.empty()) return UidMismatch(key, uid, "");
  NOIZY_ASSIGN_OR_RETURN(const std::int64_t revision, ResourceVersionOf(object));
  if (revision != 0) return WasModified(kind, key);
  Set(object, {"metadata", "name"}, Value(key.name));
  return Status::Ok();
}

// What one round of a guarded write decided: an op, or nothing to write.
struct Step {
  std::optional<WriteOp> op;
  std::vector<std::string> warnings;
};

// The write that puts `after` in `before`'s place, if there is anything to write.
void PutInPlace(const Kind& kind, const StoredObject& stored, const Value& before,
                const Value& after, Step& step) {
  if (IsReadyToVanish(after)) {
    step.op = DeleteOp(kind, stored, after);
  } else if (!Equal(before, after)) {
    step.op = PutOp(kind, stored.key, stored.revision, after);
  }
}

// One write to an existing object: what it is, where, by whom.
struct UpdateRequest {
  const Kind& kind;
  Subresource subresource;
  const WritePolicy& policy;
  FieldOwner manager;
};

Result<Step> DecideUpdate(const UpdateRequest& request, Value after, const StoredObject& stored,
                          const Value& before) {
  const auto& [kind, subresource, policy, manager] = request;
  Step step;
  NOIZY_RETURN_IF_ERROR(SucceedObject(kind, subresource, stored, before, after));
  NOIZY_RETURN_IF_ERROR(AdmitObject({kind, subresource, &before, after}, policy, step.warnings));
  RaiseGeneration(kind, before, after);
  TrackUpdate(*kind.schema, &before, after, manager);
  PutInPlace(kind, stored, before, after, step);
  return step;
}

Result<Step> DecideApply(const UpdateRequest& request, const Configuration& configuration,
                         const StoredObject& stored, const Value& before) {
  const auto& [kind, subresource, policy, manager] = request;
  Step step;
  step.warnings = configuration.warnings;
  NOIZY_ASSIGN_OR_RETURN(Value after, ApplyConfiguration(*kind.schema, before, configuration.object,
                                                         manager, configuration.on_conflict));
  // A status write carries nothing but status; who owns it is kept beside.
  Value kept;
  if (Value* entries = Find(after, {"metadata", "managedFields"});
      entries != nullptr && WritesStatus(subresource))
    kept = std::move(*entries);
  NOIZY_RETURN_IF_ERROR(SucceedObject(kind, subresource, stored, before, after));
  NOIZY_RETURN_IF_ERROR(AdmitObject({kind, subresource, &before, after}, policy, step.warnings));
  RaiseGeneration(kind, before, after);
  if (!kept.is_null()) Set(after, {"metadata", "managedFields"}, std::move(kept));
  PutInPlace(kind, stored, before, after, step);
  return step;
}

// Removes an object without finalizers; marks one that has some, so that their owners can finish
// and take them off.
Result<Step> DecideDelete(const Kind& kind, const Deletion& deletion, const StoredObject& stored,
                          const Value& before, const std::string& now) {
  Step step;
  NOIZY_RETURN_IF_ERROR(CheckDeletion(kind, deletion, stored, before));
  NOIZY_RETURN_IF_ERROR(AdmitDeletion(kind, stored.key.name));
  Value after = before;
  if (!IsBeingDeleted(before)) {
    if (deletion.propagation_policy == "Foreground") AddFinalizer(after, "foregroundDeletion");
    if (deletion.propagation_policy == "Orphan") AddFinalizer(after, "orphan");
  }
  if (!HasFinalizers(after)) {
    step.op = DeleteOp(kind, stored, after);
    return step;
  }
  if (IsBeingDeleted(before)) return step;
  Set(after, {"metadata", "deletionTimestamp"}, Value(now));
  Set(after, {"metadata", "deletionGracePeriodSeconds"}, deletion.grace_period_seconds.value_or(0));
  if (const std::int64_t generation = GenerationOf(before))
    Set(after, {"metadata", "generation"}, generation + 1);
  MarkTerminating(kind, after);
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
  if (!MayHaveMember(*stored, "deletionTimestamp")) return Status::Ok();
  StatusDetails details;
  details.name = NameOf(object);
  details.group = kind.gvk.group;
  details.kind = kind.plural;
  details.causes.push_back(
      {"NamespaceTerminating", "namespace " + ns + " is being terminated", "metadata.namespace"});
  return Forbidden(kind.Resource() + " \"" + std::string(NameOf(object)) +
                   "\" is forbidden: unable to create new content in namespace " + ns +
                   " because it is being terminated")
      .WithDetails(std::move(details));
}

void ObjectWriter::StampNew(const Kind& kind, Value& object) {
  Value& metadata = Ensure(object, {"metadata"});
  const std::string_view prefix = StringAt(object, {"metadata", "generateName"});
  if (NameOf(object).empty() && !prefix.empty()) {
    std::string name(prefix.substr(0, kMaxPrefixLength));
    Set(metadata, {"name"}, Value(name.append(random_.NameSuffix(kNameSuffixLength))));
  }
  for (const std::string_view member :
       {"resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
    Remove(metadata, {member});
  }
  Set(metadata, {"uid"}, Value(random_.Uuid()));
  Set(metadata, {"creationTimestamp"}, Value(FormatTime(clock_.Now())));
  if (HasGeneration(kind)) {
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
  TrackUpdate(*kind.schema, nullptr, object, ManagerOf(kind, Subresource::kNone, policy));
  StoreKey key{StoredResource(kind), std::string(NamespaceOf(object)), std::string(NameOf(object))};
  return PutOp(kind, std::move(key), 0, object);
}

// A creation under a generated name: kept until a name was free.
struct ObjectWriter::Naming {
  KindPtr kind;
  Value object;
  WritePolicy policy;
  WriteDone done;
  int tries = 0;
};

void ObjectWriter::CreateNamed(const KindPtr& kind, Value object, const WritePolicy& policy,
                               WriteDone done) {
  std::vector<std::string> warnings;
  Result<WriteOp> op = PrepareCreate(*kind, object, policy, warnings);
  if (!op.ok()) return done(op.status());
  if (policy.dry_run && store_.Get(op->key) != nullptr)
    return done(AlreadyExists(op->key.resource, op->key.name));
  Commit(*std::move(op), std::move(warnings), policy, std::move(done));
}

void ObjectWriter::TryName(const std::shared_ptr<Naming>& naming) {
  CreateNamed(naming->kind, naming->object, naming->policy,
              [this, naming](Result<WriteOutcome> outcome) {
                const bool taken =
                    !outcome.ok() && outcome.status().reason() == StatusReason::kAlreadyExists;
                const bool alone = naming->policy.member == nullptr;
                if (taken && alone && ++naming->tries < kMaxNameTries) return TryName(naming);
                naming->done(std::move(outcome));
              });
}

void ObjectWriter::Create(const KindPtr& kind, Value object, const WritePolicy& policy,
                          WriteDone done) {
  const bool generated =
      NameOf(object).empty() && !StringAt(object, {"metadata", "generateName"}).empty();
  if (!generated) return CreateNamed(kind, std::move(object), policy, std::move(done));
  TryName(std::make_shared<Naming>(Naming{kind, std::move(object), policy, std::move(done)}));
}

FieldOwner ObjectWriter::ManagerOf(const Kind& kind, Subresource subresource,
                                   const WritePolicy& policy) const {
  return {policy.manager, kind.gvk.ApiVersion(), std::string(NameOfSubresource(subresource)),
          FormatTime(clock_.Now()), kind.has_status};
}

void ObjectWriter::Commit(WriteOp op, std::vector<std::string> warnings, const WritePolicy& policy,
                          WriteDone done) {
  const bool deleted = op.kind == WriteOp::Kind::kDelete;
  if (policy.dry_run) return done(WriteOutcome{Preview(op), std::move(warnings), deleted});
  if (policy.member != nullptr) {
    return policy.member->Join(std::move(op),
                               [done = std::move(done), warnings = std::move(warnings),
                                deleted](Result<StoredObjectPtr> object) {
                                 if (!object.ok()) return done(object.status());
                                 done(WriteOutcome{*std::move(object), warnings, deleted});
                               });
  }
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
           if (lost_race && MayTryAgain(write->policy, write->races)) return Run(write);
           write->done(std::move(outcome));
         });
}

void ObjectWriter::UpdateTo(const KindPtr& kind, const StoreKey& key, Subresource subresource,
                            NextFunction next, const WritePolicy& policy, WriteDone done) {
  auto decide = [this, kind, subresource, next = std::move(next), policy](
                    const StoredObject& stored, const Value& before) -> Result<Step> {
    NOIZY_ASSIGN_OR_RETURN(std::optional<Value> after, next(before));
    if (!after) return Step();
    return DecideUpdate({*kind, subresource, policy, ManagerOf(*kind, subresource, policy)},
                        *std::move(after), stored, before);
  };
  Run(std::make_shared<GuardedWrite>(
      GuardedWrite{kind, key, policy, std::move(decide), std::move(done)}));
}

void ObjectWriter::Update(const KindPtr& kind, const StoreKey& key, Subresource subresource,
                          ChangeFunction change, const WritePolicy& policy, WriteDone done) {
  auto next = [change = std::move(change)](const Value& before) -> Result<std::optional<Value>> {
    std::optional<Value> after = before;
    NOIZY_ASSIGN_OR_RETURN(const bool changed, change(*after));
    if (!changed) after.reset();
    return after;
  };
  UpdateTo(kind, key, subresource, std::move(next), policy, std::move(done));
}

void ObjectWriter::Replace(const KindPtr& kind, const StoreKey& key, Subresource subresource,
                           Value wanted, const WritePolicy& policy, WriteDone done) {
  // Whoever names a uid means that very object, and not that there be one of this name.
  if (const std::string uid(UidOf(wanted)); !uid.empty() && store_.Get(key) == nullptr)
    return done(UidMismatch(key, uid, ""));
  auto next = [wanted = std::move(wanted)](const Value&) -> Result<std::optional<Value>> {
    return std::optional<Value>(wanted);
  };
  UpdateTo(kind, key, subresource, std::move(next), policy, std::move(done));
}

// A write of what may or may not be there: an update that goes on as a creation, and the other way
// round, when somebody else was faster.
struct ObjectWriter::Upsert {
  StoreKey key;
  WritePolicy policy;
  std::function<void(WriteDone)> create;
  std::function<void(WriteDone)> update;
  WriteDone done;
  int races = 0;
};

void ObjectWriter::Run(const std::shared_ptr<Upsert>& upsert) {
  const bool there = store_.Get(upsert->key) != nullptr;
  const auto finish = [this, upsert, there](Result<WriteOutcome> outcome) {
    const StatusReason lost = there ? StatusReason::kNotFound : StatusReason::kAlreadyExists;
    const bool lost_race = !outcome.ok() && outcome.status().reason() == lost;
    if (lost_race && MayTryAgain(upsert->policy, upsert->races)) return Run(upsert);
    if (outcome.ok()) outcome->created = !there;
    upsert->done(std::move(outcome));
  };
  (there ? upsert->update : upsert->create)(finish);
}

void ObjectWriter::ReplaceOrCreate(const KindPtr& kind, const StoreKey& key, Value wanted,
                                   Status unguarded, const WritePolicy& policy, WriteDone done) {
  const auto object = std::make_shared<const Value>(std::move(wanted));
  auto create = [this, kind, key, object, policy](WriteDone finish) {
    Value placed = *object;
    if (Status status = CheckPlaceable(*kind, key, placed); !status.ok())
      return finish(std::move(status));
    CreateNamed(kind, std::move(placed), policy, std::move(finish));
  };
  auto update = [this, kind, key, object, unguarded = std::move(unguarded),
                 policy](WriteDone finish) {
    if (!unguarded.ok()) return finish(unguarded);
    Replace(kind, key, Subresource::kNone, *object, policy, std::move(finish));
  };
  Run(std::make_shared<Upsert>(
      Upsert{key, policy, std::move(create), std::move(update), std::move(done)}));
}

struct ObjectWriter::Application {
  KindPtr kind;
  StoreKey key;
  Subresource subresource;
  Configuration configuration;
  WritePolicy policy;
};

Result<WriteOp> ObjectWriter::PrepareApplied(const Application& application,
                                             std::vector<std::string>& warnings) {
  const auto& [kind, key, subresource, configuration, policy] = application;
  if (subresource != Subresource::kNone) return NotFound(key.resource, key.name);
  if (const std::string_view uid = UidOf(configuration.object); !uid.empty()) {
    return Conflict(key.resource, key.name,
                    "uid mismatch: the provided object specified uid " + std::string(uid) +
                        ", and no existing object was found");
  }
  NOIZY_ASSIGN_OR_RETURN(
      Value object,
      ApplyConfiguration(*kind->schema, Object(), configuration.object,
                         ManagerOf(*kind, subresource, policy), configuration.on_conflict));
  StampNew(*kind, object);
  NOIZY_RETURN_IF_ERROR(CheckNamespace(*kind, object));
  NOIZY_RETURN_IF_ERROR(AdmitObject({*kind, subresource, nullptr, object}, policy, warnings));
  return PutOp(*kind, key, 0, object);
}

void ObjectWriter::Apply(const KindPtr& kind, const StoreKey& key, Subresource subresource,
                         Configuration configuration, const WritePolicy& policy, WriteDone done) {
  const auto application = std::make_shared<const Application>(
      Application{kind, key, subresource, std::move(configuration), policy});
  auto create = [this, application](WriteDone finish) {
    std::vector<std::string> warnings = application->configuration.warnings;
    Result<WriteOp> op = PrepareApplied(*application, warnings);
    if (!op.ok()) return finish(op.status());
    Commit(*std::move(op), std::move(warnings), application->policy, std::move(finish));
  };
  auto update = [this, application](WriteDone finish) {
    auto decide = [this, application](const StoredObject& stored, const Value& before) {
      const auto& [kind, key, subresource, configuration, policy] = *application;
      return DecideApply({*kind, subresource, policy, ManagerOf(*kind, subresource, policy)},
                         configuration, stored, before);
    };
    Run(std::make_shared<GuardedWrite>(GuardedWrite{application->kind, application->key,
                                                    application->policy, std::move(decide),
                                                    std::move(finish)}));
  };
  Run(std::make_shared<Upsert>(
      Upsert{key, policy, std::move(create), std::move(update), std::move(done)}));
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
