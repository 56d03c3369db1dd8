// How the programs that are no servers reach the API.
#pragma once

#include <memory>
#include <string>

#include "machinery/base/status.h"
#include "machinery/client/client.h"
#include "machinery/client/kubeconfig.h"

namespace noizy {

/// By `kubeconfig`, or, when that is "", by $NOIZYCONFIG, $KUBECONFIG or ~/.noizy/kubeconfig; and a
/// context of it, or the current one.
Result<KubeconfigContext> FindContext(const std::string& kubeconfig, const std::string& context);

/// A client that allows for large replies: a call may take ten minutes.
Result<std::shared_ptr<Client>> ConnectTo(KubeconfigContext context);

}  // namespace noizy
