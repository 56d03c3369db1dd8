// Who asks.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace noizy::apiserver {

/// An authenticated user, as Kubernetes' user.Info.
struct Identity {
  std::string user;
  std::vector<std::string> groups;
  std::string uid{};
  std::map<std::string, std::vector<std::string>> extra{};

  bool InGroup(std::string_view group) const {
    return std::ranges::find(groups, group) != groups.end();
  }
};

// Names with a meaning of their own.
inline constexpr std::string_view kMastersGroup = "system:masters";
inline constexpr std::string_view kNodesGroup = "system:nodes";
inline constexpr std::string_view kNodeUserPrefix = "system:node:";
inline constexpr std::string_view kAuthenticatedGroup = "system:authenticated";
inline constexpr std::string_view kUnauthenticatedGroup = "system:unauthenticated";
inline constexpr std::string_view kAnonymousUser = "system:anonymous";
inline constexpr std::string_view kServiceAccountUserPrefix = "system:serviceaccount:";
inline constexpr std::string_view kServiceAccountsGroup = "system:serviceaccounts";

/// "system:serviceaccount:NS:NAME" → {NS, NAME}; both empty for any other user.
std::pair<std::string_view, std::string_view> ServiceAccountOf(std::string_view user);
/// The user and groups of a service account.
Identity ServiceAccountIdentity(std::string_view ns, std::string_view name);

}  // namespace noizy::apiserver
