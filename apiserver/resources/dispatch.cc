#include <algorithm>
#include <array>

#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/verbs.h"
#include "machinery/meta/status_object.h"
#include "machinery/schema/read_only.h"

namespace noizy::apiserver {
namespace {

// Which paths a verb is for.
enum class Place : std::uint8_t {
  kAnywhere,         // a collection or an object
  kObject,           // an object or its status
  kCollection,       // of one namespace, where the kind has namespaces
  kEveryCollection,  // of all namespaces too
  kObjectNotSubresource
};

struct VerbRow {
  std::string_view verb;
  std::string_view method;
  void (*handle)(const VerbContext& verbs, const RequestPtr& request);
  Place place;
  bool writes = true;
};

constexpr std::array kVerbs = {
    VerbRow{"get", "GET", HandleGet, Place::kObject, false},
    VerbRow{"list", "GET", HandleList, Place::kEveryCollection, false},
    VerbRow{"watch", "GET", HandleWatch, Place::kAnywhere, false},
    VerbRow{"create", "POST", HandleCreate, Place::kCollection},
    VerbRow{"update", "PUT", HandleUpdate, Place::kObject},
    VerbRow{"patch", "PATCH", HandlePatch, Place::kObject},
    VerbRow{"delete", "DELETE", HandleDelete, Place::kObjectNotSubresource},
    VerbRow{"deletecollection", "DELETE", HandleDeleteCollection, Place::kCollection},
};

// What a kind has beside status and scale, and is served here: with the kind's own body.
const OtherSubresource* FindOther(const Kind& kind, std::string_view subresource) {
  if (subresource != "approval" && subresource != "finalize") return nullptr;
  const auto found =
      std::ranges::find(kind.other_subresources, subresource, &OtherSubresource::name);
  return found == kind.other_subresources.end() ? nullptr : &*found;
}

bool Fits(const VerbRow& row, const RequestContext& request) {
  if (row.handle == HandleDeleteCollection && !request.kind->DeletesCollections()) return false;
  if (row.writes && IsReadOnly(*request.kind)) return false;
  const OtherSubresource* other = FindOther(*request.kind, request.target.subresource);
  if (other != nullptr && std::ranges::find(other->verbs, row.verb) == other->verbs.end())
    return false;
  const bool named = !request.target.name.empty();
  const bool subresource = !request.target.subresource.empty();
  const bool placed = !request.kind->namespaced() || !request.target.ns.empty();
  switch (row.place) {
    case Place::kAnywhere:
      return !subresource && (placed || !named);
    case Place::kObject:
      return named && placed;
    case Place::kCollection:
      return !named && placed;
    case Place::kEveryCollection:
      return !named;
    case Place::kObjectNotSubresource:
      return named && placed && !subresource;
  }
  return false;
}

// What a 405 has to say (RFC 9110, 15.5.6).
std::string AllowedMethods(const RequestContext& request) {
  std::string methods;
  for (const VerbRow& row : kVerbs) {
    if (!Fits(row, request) || methods.find(row.method) != std::string::npos) continue;
    methods.append(methods.empty() ? "" : ", ").append(row.method);
  }
  return methods;
}

bool HasSubresource(const Kind& kind, std::string_view subresource) {
  return subresource.empty() || (subresource == "status" && kind.has_status) ||
         FindOther(kind, subresource) != nullptr;
}

}  // namespace

void HandleResource(const VerbContext& verbs, const RequestPtr& request) {
  const RequestTarget& info = request->target;
  const bool scales = request->kind->has_scale && info.subresource == "scale";
  const bool astray = request->kind->namespaced() && info.ns.empty() && !info.name.empty();
  if (astray || (!scales && !HasSubresource(*request->kind, info.subresource))) {
    return ReplyStatus(*request, Status(StatusReason::kNotFound,
                                        "the server could not find the requested resource"));
  }
  // What cannot be answered in a form that the client takes must not be done.
  if (const Result<ReplyFormat> format = NegotiateReply(*request); !format.ok())
    return ReplyStatus(*request, format.status());
  if (scales) return HandleScale(verbs, request);
  for (const VerbRow& row : kVerbs) {
    if (row.verb == info.verb && Fits(row, *request)) return row.handle(verbs, request);
  }
  ReplyJson(*request, 405, StatusToValue(MethodNotAllowed()),
            {{"Allow", AllowedMethods(*request)}});
}

}  // namespace noizy::apiserver
