#include "cmd/noizy/snapshot_endpoint.h"

#include <limits>
#include <utility>

#include "apiserver/resources/encode.h"
#include "machinery/os/files.h"
#include "machinery/pki/pki.h"

namespace noizy {

Result<std::string> SnapshotEndpoint::Copy() const {
  const std::string path = folder_ + "/copy-" + RandomHex(8) + ".db";
  const Status copied = store_.CopyTo(path);
  Result<std::string> bytes =
      copied.ok() ? ReadFile(path, std::numeric_limits<std::size_t>::max()) : copied;
  NOIZY_RETURN_IF_ERROR(RemoveTree(path));
  return bytes;
}

void SnapshotEndpoint::Handle(const apiserver::RequestPtr& request) {
  if (request->request().method != "GET") {
    return ReplyStatus(*request, Status(StatusReason::kMethodNotAllowed, "the store is read"));
  }
  executor_.Post([this, request] {
    Result<std::string> bytes = Copy();
    if (!bytes.ok()) return ReplyStatus(*request, bytes.status());
    request->exchange->Reply(
        {200, {{"Content-Type", "application/vnd.sqlite3"}}, {SharedBytes(*std::move(bytes))}});
  });
}

}  // namespace noizy
