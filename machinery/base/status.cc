#include "machinery/base/status.h"

#include <array>

namespace noizy {
namespace {

// gRPC's codes by number (grpc/status.h), so that this folder does not include gRPC.
enum GrpcStatusCode {
  kGrpcOk = 0,
  kGrpcUnknown = 2,
  kGrpcInvalidArgument = 3,
  kGrpcDeadlineExceeded = 4,
  kGrpcNotFound = 5,
  kGrpcAlreadyExists = 6,
  kGrpcPermissionDenied = 7,
  kGrpcResourceExhausted = 8,
  kGrpcFailedPrecondition = 9,
  kGrpcAborted = 10,
  kGrpcOutOfRange = 11,
  kGrpcUnimplemented = 12,
  kGrpcInternal = 13,
  kGrpcUnavailable = 14,
  kGrpcUnauthenticated = 16,
};

struct ReasonRow {
  std::string_view name;
  int http;
  int grpc;
  int exit;
};

// The one table. -Wswitch keeps it exhaustive: a new reason does not compile until it has a row.
constexpr ReasonRow RowOf(StatusReason reason) {
  switch (reason) {
    case StatusReason::kOk:
      return {"", 200, kGrpcOk, 0};
    case StatusReason::kUnknown:
      return {"", 500, kGrpcUnknown, 1};
    case StatusReason::kBadRequest:
      return {"BadRequest", 400, kGrpcInvalidArgument, 1};
    case StatusReason::kUnauthorized:
      return {"Unauthorized", 401, kGrpcUnauthenticated, 1};
    case StatusReason::kForbidden:
      return {"Forbidden", 403, kGrpcPermissionDenied, 1};
    case StatusReason::kNotFound:
      return {"NotFound", 404, kGrpcNotFound, 1};
    case StatusReason::kMethodNotAllowed:
      return {"MethodNotAllowed", 405, kGrpcUnimplemented, 1};
    case StatusReason::kNotAcceptable:
      return {"NotAcceptable", 406, kGrpcInvalidArgument, 1};
    case StatusReason::kAlreadyExists:
      return {"AlreadyExists", 409, kGrpcAlreadyExists, 1};
    case StatusReason::kConflict:
      return {"Conflict", 409, kGrpcAborted, 1};
    case StatusReason::kGone:
      return {"Gone", 410, kGrpcFailedPrecondition, 1};
    case StatusReason::kExpired:
      return {"Expired", 410, kGrpcOutOfRange, 1};
    case StatusReason::kRequestEntityTooLarge:
      return {"RequestEntityTooLarge", 413, kGrpcResourceExhausted, 1};
    case StatusReason::kUnsupportedMediaType:
      return {"UnsupportedMediaType", 415, kGrpcInvalidArgument, 1};
    case StatusReason::kInvalid:
      return {"Invalid", 422, kGrpcInvalidArgument, 1};
    case StatusReason::kTooManyRequests:
      return {"TooManyRequests", 429, kGrpcResourceExhausted, 1};
    case StatusReason::kInternalError:
      return {"InternalError", 500, kGrpcInternal, 1};
    case StatusReason::kServiceUnavailable:
      return {"ServiceUnavailable", 503, kGrpcUnavailable, 1};
    case StatusReason::kServerTimeout:
      return {"ServerTimeout", 504, kGrpcDeadlineExceeded, 1};
    case StatusReason::kTimeout:
      return {"Timeout", 504, kGrpcDeadlineExceeded, 1};
  }
  return {"", 500, kGrpcUnknown, 1};
}

constexpr int kReasonCount = static_cast<int>(StatusReason::kTimeout) + 1;

// The first reason of the table for which `matches` holds.
template <typename Predicate>
StatusReason FindReason(Predicate matches) {
  for (int i = 1; i < kReasonCount; ++i) {
    const auto reason = static_cast<StatusReason>(i);
    if (matches(RowOf(reason))) return reason;
  }
  return StatusReason::kUnknown;
}

std::string Quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

// "tasks.noizy.dev" → details {kind: tasks, group: noizy.dev}.
StatusDetails DetailsOf(std::string_view resource, std::string_view name) {
  const auto dot = resource.find('.');
  StatusDetails details;
  details.name = name;
  details.kind = resource.substr(0, dot);
  if (dot != std::string_view::npos) details.group = resource.substr(dot + 1);
  return details;
}

}  // namespace

std::string_view ReasonName(StatusReason reason) { return RowOf(reason).name; }

StatusReason ReasonFromName(std::string_view name) {
  if (name.empty()) return StatusReason::kUnknown;
  return FindReason([&](const ReasonRow& row) { return row.name == name; });
}

int HttpCode(StatusReason reason) { return RowOf(reason).http; }

StatusReason ReasonFromHttpCode(int code) {
  if (code >= 200 && code < 300) return StatusReason::kOk;
  if (code == 500) return StatusReason::kInternalError;
  if (code == 409) return StatusReason::kConflict;
  return FindReason([&](const ReasonRow& row) { return row.http == code; });
}

int GrpcCode(StatusReason reason) { return RowOf(reason).grpc; }

StatusReason ReasonFromGrpcCode(int code) {
  if (code == kGrpcOk) return StatusReason::kOk;
  if (code == kGrpcResourceExhausted) return StatusReason::kTooManyRequests;
  return FindReason([&](const ReasonRow& row) { return row.grpc == code; });
}

int ExitCode(StatusReason reason) { return RowOf(reason).exit; }

Status::Status(StatusReason reason, std::string message, StatusDetails details) {
  if (reason == StatusReason::kOk) return;
  body_ = std::make_shared<const Body>(Body{reason, std::move(message), std::move(details)});
}

const std::string& Status::message() const {
  static const std::string kNone;
  return body_ ? body_->message : kNone;
}

const StatusDetails& Status::details() const {
  static const StatusDetails kNone;
  return body_ ? body_->details : kNone;
}

Status Status::WithContext(std::string_view prefix) const {
  if (ok()) return *this;
  return {reason(), std::string(prefix) + ": " + message(), details()};
}

Status Status::WithDetails(StatusDetails details) const {
  if (ok()) return *this;
  return {reason(), message(), std::move(details)};
}

std::string Status::ToString() const {
  if (ok()) return "OK";
  const std::string_view name = ReasonName(reason());
  return std::string(name.empty() ? "Unknown" : name) + ": " + message();
}

Status BadRequest(std::string message) { return {StatusReason::kBadRequest, std::move(message)}; }

Status NotFound(std::string_view resource, std::string_view name) {
  return {StatusReason::kNotFound, std::string(resource) + " " + Quoted(name) + " not found",
          DetailsOf(resource, name)};
}

Status AlreadyExists(std::string_view resource, std::string_view name) {
  return {StatusReason::kAlreadyExists, std::string(resource) + " " + Quoted(name) + " already exists",
          DetailsOf(resource, name)};
}

Status Conflict(std::string_view resource, std::string_view name, std::string_view why) {
  return {StatusReason::kConflict,
          "Operation cannot be fulfilled on " + std::string(resource) + " " + Quoted(name) + ": " +
              std::string(why),
          DetailsOf(resource, name)};
}

Status Forbidden(std::string message) { return {StatusReason::kForbidden, std::move(message)}; }
Status Unauthorized(std::string message) { return {StatusReason::kUnauthorized, std::move(message)}; }
Status Internal(std::string message) { return {StatusReason::kInternalError, std::move(message)}; }
Status Unavailable(std::string message) { return {StatusReason::kServiceUnavailable, std::move(message)}; }
Status Timeout(std::string message) { return {StatusReason::kTimeout, std::move(message)}; }

Status Invalid(std::string_view kind, std::string_view group, std::string_view name,
               std::vector<StatusCause> causes) {
  std::string message(kind);
  if (!group.empty()) message += "." + std::string(group);
  message += " " + Quoted(name) + " is invalid: ";
  if (causes.size() > 1) message += "[";
  for (std::size_t i = 0; i < causes.size(); ++i) {
    if (i > 0) message += ", ";
    message += causes[i].field + ": " + causes[i].message;
  }
  if (causes.size() > 1) message += "]";
  StatusDetails details;
  details.name = name;
  details.group = group;
  details.kind = kind;
  details.causes = std::move(causes);
  return {StatusReason::kInvalid, std::move(message), std::move(details)};
}

}  // namespace noizy
