// The kinds that are questions: may I, may they, what all may I, who am I. They are answered when
// they are created and are not stored. Tokens are asked for in the same way.
#pragma once

#include <map>
#include <string>

#include "apiserver/authorization/authorizer.h"
#include "apiserver/filters/chain.h"

namespace noizy::apiserver {

/// Thread-safe.
class ReviewServer {
 public:
  /// `tokens` is null where nobody has any.
  ReviewServer(Authorizer& authorizer, ServiceAccountTokens* tokens)
      : authorizer_(authorizer), tokens_(tokens) {}

  /// By resource, for the filter chain. `this` must outlive the chain.
  std::map<std::string, RequestHandler, std::less<>> Questions();
  /// serviceaccounts/token. `this` must outlive the chain.
  std::map<std::string, RequestHandler, std::less<>> Subresources();

 private:
  Authorizer& authorizer_;
  ServiceAccountTokens* const tokens_;
};

}  // namespace noizy::apiserver
