// Those who answer in a language model's place. They see what a model sees, the prompt, and answer
// with what a model answers with, text; a model's answers are simulated, with the noise that is
// stated, but for ModelAt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "machinery/model/model_client.h"

namespace noizy::bench {

/// Shares of all answers, 0 to 1.
struct Noise {
  /// Any candidate, drawn.
  double wrong = 0;
  /// No answer of the schema.
  double garbage = 0;
};

/// Chooses the candidate with the soonest finish, or among those that have what the task's text
/// asks for, where it is shown any: an attentive reader of keywords.
model::Asker Reader(Noise noise, std::uint64_t seed);

/// Always chooses the candidate with the latest finish.
model::Asker Adversary();

/// What became of a model's questions. One thread's.
struct Asked {
  std::size_t questions = 0;
  /// Why there was no answer of use, as Outcome::reason, and how often.
  std::map<std::string, std::size_t> failures;
  Duration waited{};

  /// "12 questions, 0.25 s each: 11 answered, 1 Timeout".
  std::string ToString() const;
};

/// A model behind an OpenAI-compatible URL, asked as the control plane asks it; told to `asked`.
model::Asker ModelAt(const std::string& url, const std::string& name, std::shared_ptr<Asked> asked);

}  // namespace noizy::bench
