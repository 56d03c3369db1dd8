#include "nodeagent/inference/model_queue.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "machinery/value/json.h"

namespace noizy::nodeagent {
namespace {

constexpr std::array<std::string_view, 4> kGauges = {
    "llamacpp:requests_processing", "llamacpp:requests_deferred", "vllm:num_requests_running",
    "vllm:num_requests_waiting"};

// NAME{label="value",…} VALUE [TIME]: the value of one of the gauges. A label's value may hold a
// brace and a space, so the labels end at the last brace.
std::optional<double> GaugeIn(std::string_view line) {
  const std::string_view name = line.substr(0, line.find_first_of("{ \t"));
  if (std::find(kGauges.begin(), kGauges.end(), name) == kGauges.end()) return {};
  std::string_view rest = line.substr(name.size());
  if (rest.starts_with('{')) {
    const auto end = rest.rfind('}');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  const std::string value(rest);
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  const bool ends = *end == '\0' || *end == ' ' || *end == '\t' || *end == '\r';
  if (end == value.c_str() || !ends || !std::isfinite(number) || number < 0) return {};
  return number;
}

std::int64_t Bounded(double requests) {
  return std::llround(std::min(requests, static_cast<double>(kMostRequests)));
}

}  // namespace

std::optional<std::int64_t> RequestsInMetrics(std::string_view text) {
  std::optional<double> sum;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (const auto value = GaugeIn(line)) sum = sum.value_or(0) + *value;
  }
  if (!sum) return {};
  return Bounded(*sum);
}

std::optional<std::int64_t> RequestsInSlots(std::string_view json) {
  const Result<Value> slots = ParseJson(json);
  if (!slots.ok() || !slots->is_array()) return {};
  double busy = 0;
  for (const Value& slot : slots->get_array()) {
    const Value* processing = Find(slot, {"is_processing"});
    if (processing == nullptr || !processing->is_bool()) return {};
    busy += processing->get_bool() ? 1 : 0;
  }
  return Bounded(busy);
}

Result<std::int64_t> RequestsAt(const ModelServer& server, const std::function<bool()>& cancelled) {
  using Read = std::optional<std::int64_t> (*)(std::string_view);
  constexpr std::array<std::pair<const char*, Read>, 2> kPlaces = {
      {{"/metrics", RequestsInMetrics}, {"/slots", RequestsInSlots}}};
  for (const auto& [path, read] : kPlaces) {
    const auto body = GetFrom(server, path, PathPlace::kBesideApi, cancelled);
    if (!body.ok() && body.status().reason() != StatusReason::kBadRequest) return body.status();
    const auto requests = body.ok() ? read(*body) : std::nullopt;
    if (requests) return *requests;
  }
  return NotFound("number of requests at", server.url);
}

}  // namespace noizy::nodeagent
