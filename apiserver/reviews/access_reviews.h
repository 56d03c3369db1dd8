// Access reviews (authorization.k8s.io/v1) answered: pure but for the authorizer's state.
#pragma once

#include "apiserver/authorization/authorizer.h"
#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Whom a SubjectAccessReview asks about; Invalid when it names neither a user nor a group, or, for
/// a LocalSubjectAccessReview, another namespace than its own.
Result<Identity> SubjectOf(const Value& review);

/// Fills in the status of a (Self|Local)SubjectAccessReview for `subject`.
Status AnswerAccess(Authorizer& authorizer, const Identity& subject, Value& review);

/// Fills in the status of a SelfSubjectRulesReview. BadRequest without a namespace.
Status AnswerRules(Authorizer& authorizer, const Identity& subject, Value& review);

/// authentication.k8s.io/v1 UserInfo.
Value UserInfo(const Identity& identity);

}  // namespace noizy::apiserver
