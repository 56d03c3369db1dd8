// One line of the audit log: an audit.k8s.io/v1 Event.
#pragma once

#include <string>
#include <string_view>

#include "apiserver/audit/audit_policy.h"
#include "machinery/base/clock.h"
#include "machinery/transport/http.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// What is known of a request when it has come, has been answered, or begins to be streamed.
struct AuditRecord {
  AuditLevel level = AuditLevel::kMetadata;
  std::string_view id;
  AuditStage stage = AuditStage::kResponseComplete;
  const HttpRequest* request = nullptr;
  const Access* access = nullptr;
  std::string_view api_version;  // of the resource's group
  /// Who came, and whom it acted as, when that is somebody else.
  const Identity* user = nullptr;
  const Identity* impersonated = nullptr;
  int code = 0;  // 0 before the answer
  /// Null for a stream, and before the answer.
  const HttpReply* reply = nullptr;
  WallTime received;
  WallTime now;
};

/// One line of JSON. Whatever clients sent is quoted as JSON strings or read as JSON first: it can
/// end neither its member nor the line.
std::string AuditLine(const AuditRecord& record);

}  // namespace noizy::apiserver
