#include "apiserver/filters/impersonate.h"

#include "machinery/transport/url.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kUserHeader = "Impersonate-User";
constexpr std::string_view kGroupHeader = "Impersonate-Group";
constexpr std::string_view kUidHeader = "Impersonate-Uid";
constexpr std::string_view kExtraPrefix = "Impersonate-Extra-";
constexpr std::string_view kAuthenticationGroup = "authentication.k8s.io";

// What the headers ask for.
Result<Identity> ReadHeaders(const HttpRequest& request) {
  Identity wanted;
  for (const auto& [name, value] : request.headers) {
    if (EqualsIgnoringCase(name, kUserHeader)) wanted.user = value;
    if (EqualsIgnoringCase(name, kGroupHeader)) wanted.groups.push_back(value);
    if (EqualsIgnoringCase(name, kUidHeader)) wanted.uid = value;
    if (name.size() <= kExtraPrefix.size() ||
        !EqualsIgnoringCase(std::string_view(name).substr(0, kExtraPrefix.size()), kExtraPrefix))
      continue;
    NOIZY_ASSIGN_OR_RETURN(std::string key,
                           PercentDecode(std::string_view(name).substr(kExtraPrefix.size())));
    for (char& c : key) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    wanted.extra[key].push_back(value);
  }
  const bool alone = !wanted.groups.empty() || !wanted.uid.empty() || !wanted.extra.empty();
  if (wanted.user.empty() && alone)
    return BadRequest("requested impersonation without impersonating a user");
  return wanted;
}

// Each attribute asked for must be allowed on its own.
Status CheckAllowed(Authorizer& authorizer, const Identity& caller, const Identity& wanted) {
  const auto check = [&](Access access) {
    access.verb = "impersonate";
    return CheckAccess(authorizer, caller, access);
  };
  const auto [ns, account] = ServiceAccountOf(wanted.user);
  NOIZY_RETURN_IF_ERROR(account.empty()
                            ? check({.resource = "users", .name = wanted.user})
                            : check({.resource = "serviceaccounts", .ns = ns, .name = account}));
  for (const std::string& group : wanted.groups)
    NOIZY_RETURN_IF_ERROR(check({.resource = "groups", .name = group}));
  if (!wanted.uid.empty()) {
    NOIZY_RETURN_IF_ERROR(
        check({.group = kAuthenticationGroup, .resource = "uids", .name = wanted.uid}));
  }
  for (const auto& [key, values] : wanted.extra) {
    for (const std::string& value : values) {
      NOIZY_RETURN_IF_ERROR(check({.group = kAuthenticationGroup,
                                   .resource = "userextras",
                                   .subresource = key,
                                   .name = value}));
    }
  }
  return Status::Ok();
}

// The groups that everybody of the kind is in.
void AddImpliedGroups(Identity& identity) {
  const auto [ns, account] = ServiceAccountOf(identity.user);
  if (!account.empty() && identity.groups.empty())
    identity.groups = ServiceAccountIdentity(ns, account).groups;
  const bool anonymous = identity.user == kAnonymousUser;
  const std::string_view implied = anonymous ? kUnauthenticatedGroup : kAuthenticatedGroup;
  const bool placed =
      identity.InGroup(kAuthenticatedGroup) || identity.InGroup(kUnauthenticatedGroup);
  if (!placed) identity.groups.emplace_back(implied);
}

}  // namespace

Result<std::optional<Identity>> Impersonate(Authorizer& authorizer, const HttpRequest& request,
                                            const Identity& caller) {
  NOIZY_ASSIGN_OR_RETURN(Identity wanted, ReadHeaders(request));
  if (wanted.user.empty()) return std::optional<Identity>();
  NOIZY_RETURN_IF_ERROR(CheckAllowed(authorizer, caller, wanted));
  AddImpliedGroups(wanted);
  return std::optional(std::move(wanted));
}

}  // namespace noizy::apiserver
