// A question to a language model and its answer, in what all providers' wire formats have in
// common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machinery/value/value.h"

namespace noizy::model {

/// What was said before: by the user, or by the model.
struct ChatTurn {
  enum class Speaker : std::uint8_t { kUser, kModel };
  Speaker speaker = Speaker::kUser;
  std::string text;

  bool operator==(const ChatTurn&) const = default;
};

struct ChatRequest {
  /// Whose words are followed; "": nobody's.
  std::string system;
  /// The conversation so far, the oldest turn first.
  std::vector<ChatTurn> earlier = {};
  /// What the model works on: data, never instructions.
  std::string user;
  /// The JSON Schema that the answer must meet; null for free text.
  Value answer_schema;
  /// The schema's name, for providers that want one: 1 to 64 of A-Z a-z 0-9 _ -.
  std::string answer_name = "answer";
  /// The most tokens that the answer may have; 0: the provider's own limit, where it has one.
  std::int64_t max_tokens = 512;
  /// Sent only where it is given.
  std::optional<double> temperature;
};

struct TokenUsage {
  std::int64_t input = 0;
  std::int64_t output = 0;

  bool operator==(const TokenUsage&) const = default;
};

struct ChatAnswer {
  std::string text;
  TokenUsage usage;
  /// The model that answered, as the provider names it.
  std::string model;
};

}  // namespace noizy::model
