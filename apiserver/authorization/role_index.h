// Who was given what: roles and bindings, resolved for look-up by subject.
//
// Read from the store and brought up to date before each answer, so a decision made after a write
// was acknowledged knows of that write. When nothing was written, that costs one comparison.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apiserver/authorization/policy_rule.h"
#include "apiserver/storage/store.h"
#include "machinery/base/mutex.h"
#include "machinery/meta/meta.h"

namespace noizy::apiserver {

/// Rules given to one subject by one binding.
struct RoleGrant {
  std::string ns;  // where the rules hold; "": everywhere
  PolicyRulesPtr rules;
  /// RoleBinding "a/b" of Role "c" to User "d".
  std::string source;
};

/// All grants at one moment. Immutable.
class RoleTable {
 public:
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Grants = std::vector<RoleGrant>;

  /// Null when there are none.
  const Grants* ForUser(std::string_view user) const;
  const Grants* ForGroup(std::string_view group) const;
  /// A Role's rules, or a ClusterRole's (`ns` is ""), its aggregated rules included; null when
  /// there is no such role.
  PolicyRulesPtr FindRole(std::string_view ns, std::string_view name) const;

 private:
  friend class RoleTableBuilder;
  using BySubject = std::unordered_map<std::string, Grants, TextHash, std::equal_to<>>;
  BySubject users_;
  BySubject groups_;
  std::map<ObjectKey, PolicyRulesPtr> roles_;
};

/// Thread-safe. To be destroyed before its store.
class RoleIndex {
 public:
  explicit RoleIndex(Store& store) : store_(store) {}
  std::shared_ptr<const RoleTable> Current();

  /// The objects of one resource, decoded.
  using Objects = std::map<ObjectKey, Value>;
  struct State {
    Objects roles, cluster_roles, role_bindings, cluster_role_bindings;
  };

 private:
  /// One of the four resources, and what has been read of it.
  struct Feed {
    std::string_view resource;
    Objects State::*objects;
    std::unique_ptr<StoreWatch> watch;
  };
  bool CatchUp(Feed& feed) NOIZY_REQUIRES(mutex_);
  Status Load(Feed& feed) NOIZY_REQUIRES(mutex_);

  Store& store_;
  Mutex mutex_;
  std::int64_t seen_ NOIZY_GUARDED_BY(mutex_) = 0;
  State state_ NOIZY_GUARDED_BY(mutex_);
  std::array<Feed, 4> feeds_ NOIZY_GUARDED_BY(mutex_) = {
      {{kRoles, &State::roles, nullptr},
       {kClusterRoles, &State::cluster_roles, nullptr},
       {kRoleBindings, &State::role_bindings, nullptr},
       {kClusterRoleBindings, &State::cluster_role_bindings, nullptr}}};
  std::shared_ptr<const RoleTable> table_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::apiserver
