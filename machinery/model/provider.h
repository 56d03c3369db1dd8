// Where a model is asked: a provider as a RoutingPolicy names it, its key filled in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/model/chat.h"
#include "machinery/transport/http.h"

namespace noizy {
class CallStop;
}  // namespace noizy

namespace noizy::model {

/// What tokens cost, in billionths of a US dollar a token: "3.00" a million is 3,000.
struct Price {
  std::int64_t input_nanodollars = 0;
  std::int64_t output_nanodollars = 0;

  std::int64_t Of(const TokenUsage& usage) const {
    return usage.input * input_nanodollars + usage.output * output_nanodollars;
  }
};

/// "1.25" dollars as billionths; empty when it is no decimal, or over nine billion dollars.
std::optional<std::int64_t> ParseDollars(std::string_view decimal);
/// Billionths as "0.000123", without zeros at its end but for two digits.
std::string FormatDollars(std::int64_t nanodollars);

struct Provider {
  std::string name;
  /// The wire format: openai, anthropic, gemini or ollama.
  std::string api;
  /// The public service's when empty.
  std::string base_url;
  std::string model;
  std::string api_key;
  /// Anthropic's version header; the current one when empty.
  std::string api_version;
  bool allow_plain_http = false;
  /// Absent: unknown.
  std::optional<Price> price;
};

/// Where `provider` listens, paths appended: its public service's URL when none is given, and "/v1"
/// where the format is openai's and the URL has no path, as LiteLLM's and Ollama's have none.
std::string BaseUrlOf(const Provider& provider);

/// A way to the provider. It refuses plain HTTP off this machine unless the provider allows it, and
/// link-local addresses always: a metadata service would hand out this machine's own credentials.
/// BadRequest names the provider and what is wrong with its URL or its api.
Result<std::unique_ptr<HttpTransport>> ConnectTo(const Provider& provider);
/// The same; its calls end when `stop` is pulled.
Result<std::unique_ptr<HttpTransport>> ConnectUntil(const Provider& provider,
                                                    std::shared_ptr<CallStop> stop);

/// Puts "[key]" in the place of a provider's key, behind the first `from` bytes: some servers quote
/// it in what they say, which is shown in objects and logs. Leaves keys of fewer than
/// kLeastKeyBytes, which are words.
void TakeOutKey(std::string_view key, std::string& text, std::size_t from = 0);
inline constexpr std::size_t kLeastKeyBytes = 8;
inline constexpr std::string_view kInsteadOfKey = "[key]";

}  // namespace noizy::model
