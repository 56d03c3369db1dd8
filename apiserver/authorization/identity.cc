#include "apiserver/authorization/identity.h"

namespace noizy::apiserver {

std::pair<std::string_view, std::string_view> ServiceAccountOf(std::string_view user) {
  if (!user.starts_with(kServiceAccountUserPrefix)) return {};
  user.remove_prefix(kServiceAccountUserPrefix.size());
  const auto colon = user.find(':');
  if (colon == std::string_view::npos || user.find(':', colon + 1) != std::string_view::npos)
    return {};
  return {user.substr(0, colon), user.substr(colon + 1)};
}

Identity ServiceAccountIdentity(std::string_view ns, std::string_view name) {
  Identity identity;
  identity.user.append(kServiceAccountUserPrefix).append(ns).append(":").append(name);
  identity.groups = {std::string(kServiceAccountsGroup),
                     std::string(kServiceAccountsGroup).append(":").append(ns),
                     std::string(kAuthenticatedGroup)};
  return identity;
}

}  // namespace noizy::apiserver
