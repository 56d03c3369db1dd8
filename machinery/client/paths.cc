// The REST tree: where resources and their objects are found.
#include "machinery/client/client.h"
#include "machinery/transport/url.h"

namespace noizy {

std::string ResourceRef::Path(std::string_view ns, std::string_view name,
                              std::string_view subresource) const {
  std::string path = group.empty() ? "/api/" : "/apis/" + group + "/";
  path += version;
  if (namespaced && !ns.empty()) path += "/namespaces/" + PercentEncode(ns);
  path += "/" + plural;
  // RBAC names may hold ':' and '%', which are no path characters.
  if (!name.empty()) path += "/" + PercentEncode(name);
  if (!subresource.empty()) path += "/" + std::string(subresource);
  return path;
}

std::string ResourceRef::Resource() const {
  return group.empty() ? plural : plural + "." + group;
}

}  // namespace noizy
