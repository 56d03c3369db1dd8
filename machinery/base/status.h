// The one error type: the API's own Status object (Kubernetes API conventions, "Response Status Kind"), in C++.
//
// Every fallible function returns Status or Result<T>; both are [[nodiscard]]. No exception crosses a folder: an adapter
// catches what its library throws and returns a Status. The table that maps reasons to HTTP, gRPC and exit codes is in
// status.cc and nowhere else.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace noizy {

/// Kubernetes' StatusReason values, plus kOk. The names on the wire come from ReasonName().
enum class StatusReason : std::uint8_t {
  kOk,
  kUnknown,
  kBadRequest,
  kUnauthorized,
  kForbidden,
  kNotFound,
  kMethodNotAllowed,
  kNotAcceptable,
  kAlreadyExists,
  kConflict,
  kGone,
  kExpired,
  kRequestEntityTooLarge,
  kUnsupportedMediaType,
  kInvalid,
  kTooManyRequests,
  kInternalError,
  kServiceUnavailable,
  kServerTimeout,
  kTimeout,
};

/// "NotFound", "AlreadyExists", …; "" for kOk and kUnknown.
std::string_view ReasonName(StatusReason reason);
/// The reason with that wire name; kUnknown when there is none.
StatusReason ReasonFromName(std::string_view name);
/// The HTTP code of a reason: 200 for kOk.
int HttpCode(StatusReason reason);
/// The reason for an HTTP code that came without a Status body.
StatusReason ReasonFromHttpCode(int code);
/// The gRPC status code (grpc::StatusCode's number) of a reason.
int GrpcCode(StatusReason reason);
/// The reason for a gRPC status code.
StatusReason ReasonFromGrpcCode(int code);
/// The exit code of a command that fails for this reason: 0, 1, or 2 for wrong usage.
int ExitCode(StatusReason reason);

/// One field's fault. `reason` is a Kubernetes CauseType such as "FieldValueRequired"; `field` is a path such as "spec.type".
struct StatusCause {
  std::string reason;
  std::string message;
  std::string field;

  bool operator==(const StatusCause&) const = default;
};

/// What the error is about. `kind` is a resource's plural or a kind's name, as Kubernetes fills it.
struct StatusDetails {
  std::string name;
  std::string group;
  std::string kind;
  std::string uid;
  std::vector<StatusCause> causes;
  std::optional<int> retry_after_seconds;
};

/// Success, or a reason with a message and details. Success is one null pointer; copies share an immutable body.
/// Thread-compatible: const use from many threads is safe.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusReason reason, std::string message, StatusDetails details = {});

  static Status Ok() { return {}; }

  bool ok() const { return body_ == nullptr; }
  StatusReason reason() const { return body_ ? body_->reason : StatusReason::kOk; }
  const std::string& message() const;
  const StatusDetails& details() const;

  /// The same error with `prefix` and ": " before its message. Ok stays Ok.
  Status WithContext(std::string_view prefix) const;
  /// The same error with other details.
  Status WithDetails(StatusDetails details) const;

  /// "NotFound: tasks.noizy.dev \"a\" not found", for logs.
  std::string ToString() const;

 private:
  struct Body {
    StatusReason reason;
    std::string message;
    StatusDetails details;
  };
  std::shared_ptr<const Body> body_;
};

// The errors most code returns. `resource` is "tasks.noizy.dev", as Kubernetes prints it.
Status BadRequest(std::string message);
Status NotFound(std::string_view resource, std::string_view name);
Status AlreadyExists(std::string_view resource, std::string_view name);
Status Conflict(std::string_view resource, std::string_view name, std::string_view why);
Status Forbidden(std::string message);
Status Unauthorized(std::string message);
Status Internal(std::string message);
Status Unavailable(std::string message);
Status Timeout(std::string message);
/// 422 with every cause at once; the message lists them as Kubernetes does.
Status Invalid(std::string_view kind, std::string_view group, std::string_view name,
               std::vector<StatusCause> causes);

/// A value or the Status that says why there is none. Never holds an Ok status.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {  // NOLINT: implicit by design
    if (std::get<1>(state_).ok()) {
      std::get<1>(state_) = Internal("a Result was made from an Ok status without a value");
    }
  }

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// Ok when there is a value.
  Status status() const { return ok() ? Status::Ok() : std::get<1>(state_); }

  // The value; the caller has checked ok().
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  /// The value, or `fallback` on error.
  T ValueOr(T fallback) const& { return ok() ? std::get<0>(state_) : std::move(fallback); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace noizy

#define NOIZY_CONCAT_INNER(a, b) a##b
#define NOIZY_CONCAT(a, b) NOIZY_CONCAT_INNER(a, b)

/// Returns the Status of `expr` from the enclosing function unless it is Ok.
#define NOIZY_RETURN_IF_ERROR(expr)                             \
  do {                                                          \
    if (::noizy::Status noizy_status = (expr); !noizy_status.ok()) return noizy_status; \
  } while (false)

/// `NOIZY_ASSIGN_OR_RETURN(auto x, F())`: x gets the value, or the enclosing function returns the Status.
#define NOIZY_ASSIGN_OR_RETURN(lhs, expr) \
  NOIZY_ASSIGN_OR_RETURN_IMPL(NOIZY_CONCAT(noizy_result_, __LINE__), lhs, expr)
#define NOIZY_ASSIGN_OR_RETURN_IMPL(result, lhs, expr) \
  auto result = (expr);                                \
  if (!result.ok()) return result.status();            \
  lhs = *std::move(result)
