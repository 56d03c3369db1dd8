// POST /noizy/v1/transactions: several writes in one request, committed together or not at all.
//
//   {"requests": [{"method": "PATCH", "path": "/apis/…/status", "query": "fieldManager=me",
//                  "contentType": "application/merge-patch+json", "body": {…}}, …]}
//   {"replies": [{"code": 200, "body": {…}}, …]}
//
// Each is a request of its own, with the filters, the verb, the audit line and the answer that it
// would have had alone. The code of the whole is 200, or that of the first that was refused for its
// own sake.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "apiserver/resources/request.h"
#include "apiserver/resources/write_group.h"
#include "apiserver/storage/store.h"

namespace noizy::apiserver {

inline constexpr std::string_view kTransactionsPath = "/noizy/v1/transactions";
/// As many Tasks as a gang may have.
inline constexpr std::size_t kMostTransactionRequests = 10'000;

/// Sends a member through the filters to its verb.
using MemberHandler =
    std::function<void(std::shared_ptr<HttpExchange>, std::shared_ptr<GroupMember>)>;

void HandleTransaction(Store& store, const RequestPtr& request, const MemberHandler& handle);

}  // namespace noizy::apiserver
