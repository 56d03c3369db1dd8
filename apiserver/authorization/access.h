// What somebody wants to do, in the words that rules are written in.
#pragma once

#include <string>
#include <string_view>

namespace noizy::apiserver {

/// Made for one decision; the texts belong to the request.
struct Access {
  std::string_view verb{};
  bool is_resource = true;
  std::string_view group{};
  std::string_view resource{};
  std::string_view subresource{};
  std::string_view ns{};
  /// One object's name; for lists and watches the one that a field selector names.
  std::string_view name{};
  /// ?fieldSelector= of lists and watches.
  std::string_view field_selector{};
  /// For what is no resource.
  std::string_view path{};

  /// "tasks", "tasks/status".
  std::string FullResource() const {
    std::string text(resource);
    if (!subresource.empty()) text.append("/").append(subresource);
    return text;
  }
};

/// The resources that authorization itself is kept in.
inline constexpr std::string_view kRbacGroup = "rbac.authorization.k8s.io";
inline constexpr std::string_view kRoles = "roles.rbac.authorization.k8s.io";
inline constexpr std::string_view kClusterRoles = "clusterroles.rbac.authorization.k8s.io";
inline constexpr std::string_view kRoleBindings = "rolebindings.rbac.authorization.k8s.io";
inline constexpr std::string_view kClusterRoleBindings =
    "clusterrolebindings.rbac.authorization.k8s.io";

}  // namespace noizy::apiserver
