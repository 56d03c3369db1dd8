// Tells the audit log of each request: once it has been answered, and when it has come where the
// policy asks for that.
#pragma once

#include <memory>

#include "apiserver/audit/audit_log.h"
#include "apiserver/audit/audit_policy.h"
#include "apiserver/filters/observe.h"
#include "apiserver/resources/request.h"

namespace noizy::apiserver {

/// Where audit events go; nowhere without a log.
struct AuditOptions {
  AuditLog* log = nullptr;
  AuditPolicy policy;
};

/// Reports that a request has come, by somebody who is known, for a kind that is.
void AuditReceived(const AuditOptions& options, const Clock& clock, const RequestContext& context,
                   const ObservedExchange& exchange);

/// Makes `exchange` report how `context` is answered (a stream: when it begins), and gives the
/// reply an Audit-Id. `options` must outlive the request.
void AuditRequest(const AuditOptions& options, const Clock& clock,
                  const std::shared_ptr<RequestContext>& context, ObservedExchange& exchange);

}  // namespace noizy::apiserver
