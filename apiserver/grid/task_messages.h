// Tasks as the Grid service's messages, both ways. Pure.
#pragma once

#include <string>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/value/value.h"
#include "noizy/v1/grid.pb.h"

namespace noizy::apiserver {

/// The namespace a request means.
std::string NamespaceOf(const std::string& asked);
/// Where `task`, made of the request, is to be: as the request says, else as its manifest does.
std::string NamespaceOf(const v1::TaskRequest& request, const Value& task);

/// Whether a Task can hold it as spec.payload.
bool IsUtf8(std::string_view text);

/// The object to create: `request.manifest`, if any, with the fields laid over it. BadRequest for a
/// manifest that is no Task, and for a payload that is no UTF-8 or too long.
Result<Value> TaskOf(const v1::TaskRequest& request);

bool HasEnded(const Value& task);
v1::SubmitTaskResponse SubmittedOf(const Value& task);
v1::ExecuteTaskResponse ExecutedOf(const Value& task);
v1::TaskStatus StatusOf(const Value& task);

}  // namespace noizy::apiserver
