#include <array>

#include "apiserver/resources/verbs.h"

namespace noizy::apiserver {
namespace {

struct VerbRow {
  std::string_view verb;
  void (*handle)(const VerbContext& verbs, const RequestPtr& request);
  bool on_status;  // also serves the status subresource
};

constexpr std::array kVerbs = {
    VerbRow{"get", HandleGet, true},
    VerbRow{"list", HandleList, false},
    VerbRow{"watch", HandleWatch, false},
    VerbRow{"create", HandleCreate, false},
    VerbRow{"update", HandleUpdate, true},
    VerbRow{"patch", HandlePatch, true},
    VerbRow{"delete", HandleDelete, false},
    VerbRow{"deletecollection", HandleDeleteCollection, false},
};

bool HasSubresource(const Kind& kind, std::string_view subresource) {
  return subresource.empty() || (subresource == "status" && kind.has_status);
}

}  // namespace

void HandleResource(const VerbContext& verbs, const RequestPtr& request) {
  const RequestTarget& info = request->target;
  if (!HasSubresource(*request->kind, info.subresource)) {
    return ReplyStatus(*request, Status(StatusReason::kNotFound,
                                        "the server could not find the requested resource"));
  }
  for (const VerbRow& row : kVerbs) {
    if (row.verb != info.verb) continue;
    const bool fits =
        info.subresource.empty() ? row.verb != "create" || info.name.empty() : row.on_status;
    if (fits) return row.handle(verbs, request);
  }
  ReplyStatus(*request, Status(StatusReason::kMethodNotAllowed,
                               "the server does not allow this method on the requested resource"));
}

}  // namespace noizy::apiserver
