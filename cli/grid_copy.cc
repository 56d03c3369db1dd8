#include "cli/grid_copy.h"

#include <utility>
#include <vector>

#include "machinery/client/typed.h"

namespace noizy::cli {
namespace {

template <typename T>
Status ListInto(Session& session, std::vector<std::shared_ptr<const T>>& objects) {
  NOIZY_ASSIGN_OR_RETURN(auto list, TypedClient<T>(session.client()).List());
  for (T& item : list.items) objects.push_back(std::make_shared<const T>(std::move(item)));
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<scheduling::GridCopy>> CopyGrid(Session& session) {
  scheduling::GridObjects objects;
  NOIZY_RETURN_IF_ERROR(ListInto(session, objects.policies));
  NOIZY_RETURN_IF_ERROR(ListInto(session, objects.nodes));
  NOIZY_RETURN_IF_ERROR(ListInto(session, objects.tasks));
  NOIZY_RETURN_IF_ERROR(ListInto(session, objects.quotas));
  return std::make_unique<scheduling::GridCopy>(objects);
}

}  // namespace noizy::cli
