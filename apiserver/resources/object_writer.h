// The one write path: whatever changes an object — a client's request, a controller's write, an
// agent's report — goes through here, and so through the same admission, validation and guarded
// store call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apiserver/admission/admission.h"
#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/random.h"
#include "machinery/base/status.h"
#include "machinery/patch/apply.h"
#include "machinery/schema/kind.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

class GroupMember;

/// What becomes of members the schema does not know (?fieldValidation=).
enum class FieldValidation : std::uint8_t { kIgnore, kWarn, kStrict };

struct WritePolicy {
  bool dry_run = false;
  FieldValidation validation = FieldValidation::kWarn;
  /// Looks at the object last, before it is stored; null: nobody asks.
  std::function<Status(const Value* before, const Value& after)> check;
  /// Writes into a new object what the server knows of who asks; null: nothing.
  std::function<void(Value& created)> stamp;
  /// The object is what a patch made of a stored one, so that what does not fit its kind is no
  /// unreadable body (400) but an invalid patch (422), as in Kubernetes.
  bool patched = false;
  /// Members that came twice in the body; treated as unknown ones are.
  std::vector<std::string> duplicates;
  /// Who owns the fields written: ?fieldManager=, or the program's name in its User-Agent; for the
  /// server's own writes, the server.
  std::string manager = "noizy-apiserver";
  /// The write is one of several that are committed together; null: it is committed alone.
  std::shared_ptr<GroupMember> member;
};

struct WriteOutcome {
  /// The version now stored (or, for a dry run, the one that would be).
  StoredObjectPtr object;
  /// For the client's Warning headers.
  std::vector<std::string> warnings;
  /// The object is gone: `object` is its last state.
  bool deleted = false;
  /// The object is new.
  bool created = false;
};
using WriteDone = std::function<void(Result<WriteOutcome>)>;

/// Turns the current object into the wanted one. False: nothing to do. Called again when somebody
/// else wrote in between, so it must not have side effects.
using ChangeFunction = std::function<Result<bool>(Value& object)>;

/// What a field manager wants, for ObjectWriter::Apply: pruned, with apiVersion, kind and name.
struct Configuration {
  Value object;
  OnConflict on_conflict = OnConflict::kRefuse;
  /// What there is to say of it, for the client's Warning headers.
  std::vector<std::string> warnings;
};

struct Deletion {
  std::string uid;               // precondition, "" for none
  std::string resource_version;  // precondition, "" for none
  /// "", Background, Foreground or Orphan.
  std::string propagation_policy;
  std::optional<std::int64_t> grace_period_seconds;
};

/// Thread-safe. `done` is called once, on the calling thread when nothing had to be written, else
/// on the store's writer thread; it must not block.
class ObjectWriter {
 public:
  ObjectWriter(Store& store, const Clock& clock, Random& random)
      : store_(store), clock_(clock), random_(random) {}

  /// A name made of generateName that is taken is made anew. AlreadyExists, NotFound (its
  /// namespace), Forbidden (the namespace is being deleted), Invalid, BadRequest (strict decoding).
  void Create(const KindPtr& kind, Value object, const WritePolicy& policy, WriteDone done);
  /// Reads, changes, validates, writes; starts over on a lost race, but a change that insists on a
  /// resourceVersion gets its Conflict.
  void Update(const KindPtr& kind, const StoreKey& key, Subresource subresource,
              ChangeFunction change, const WritePolicy& policy, WriteDone done);
  /// The same with `wanted` for whatever stands there now.
  void Replace(const KindPtr& kind, const StoreKey& key, Subresource subresource, Value wanted,
               const WritePolicy& policy, WriteDone done);
  /// The same, but creates `wanted` when nothing stands there. `unguarded` is what is said to a
  /// replacement without a resourceVersion, Ok where it may be without. Conflict: `wanted` names
  /// the uid or the resourceVersion of an object that is not there.
  void ReplaceOrCreate(const KindPtr& kind, const StoreKey& key, Value wanted, Status unguarded,
                       const WritePolicy& policy, WriteDone done);
  /// Server-side apply (machinery/patch/apply.h); creates the object when there is none.
  void Apply(const KindPtr& kind, const StoreKey& key, Subresource subresource,
             Configuration configuration, const WritePolicy& policy, WriteDone done);
  /// Deletes, or marks as being deleted while there are finalizers.
  void Delete(const KindPtr& kind, const StoreKey& key, const Deletion& deletion,
              const WritePolicy& policy, WriteDone done);

 private:
  struct GuardedWrite;
  struct Upsert;
  struct Application;
  struct Naming;
  /// The object wanted in place of `before`; empty: nothing to do.
  using NextFunction = std::function<Result<std::optional<Value>>(const Value& before)>;
  void CreateNamed(const KindPtr& kind, Value object, const WritePolicy& policy, WriteDone done);
  void TryName(const std::shared_ptr<Naming>& naming);
  Result<WriteOp> PrepareCreate(const Kind& kind, Value& object, const WritePolicy& policy,
                                std::vector<std::string>& warnings);
  Result<WriteOp> PrepareApplied(const Application& application,
                                 std::vector<std::string>& warnings);
  FieldOwner ManagerOf(const Kind& kind, Subresource subresource, const WritePolicy& policy) const;
  Status CheckNamespace(const Kind& kind, const Value& object) const;
  void StampNew(const Kind& kind, Value& object);
  void UpdateTo(const KindPtr& kind, const StoreKey& key, Subresource subresource,
                NextFunction next, const WritePolicy& policy, WriteDone done);
  void Run(const std::shared_ptr<GuardedWrite>& write);
  void Run(const std::shared_ptr<Upsert>& upsert);
  void Commit(WriteOp op, std::vector<std::string> warnings, const WritePolicy& policy,
              WriteDone done);

  Store& store_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace noizy::apiserver
