// Tokens asked for (serviceaccounts/NAME/token) and asked about (TokenReview).
#pragma once

#include "apiserver/authentication/service_account_tokens.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// What a TokenRequest's spec asks for; Invalid names the field at fault.
Result<TokenWish> ReadTokenRequest(const Value& token_request, std::string_view ns,
                                   std::string_view service_account);

/// Answers a TokenRequest: `token_request` with its status.
Status AnswerTokenRequest(ServiceAccountTokens& tokens, const TokenWish& wish,
                          Value& token_request);

/// Fills in the status of a TokenReview. BadRequest without a token.
Status AnswerTokenReview(ServiceAccountTokens& tokens, Value& review);

}  // namespace noizy::apiserver
