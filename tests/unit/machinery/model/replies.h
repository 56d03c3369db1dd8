// Replies as providers write them.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "machinery/meta/time.h"
#include "machinery/model/wire_format.h"

namespace noizy::model {

inline HttpReply Reply(int code, std::string body, HttpHeaders headers = {}) {
  HttpReply reply;
  reply.code = code;
  reply.headers = std::move(headers);
  reply.body.emplace_back(std::move(body));
  return reply;
}

inline AnswerOrError Read(const WireFormat& format, const HttpReply& reply) {
  return ReadReply(format, reply, *ParseTime("2026-11-22T10:00:00Z"));
}

/// The fault's name; "" for an answer.
inline std::string FaultIn(const AnswerOrError& read) {
  const auto* error = std::get_if<ProviderError>(&read);
  return error == nullptr ? "" : std::string(RuleOf(error->fault).name);
}

}  // namespace noizy::model
