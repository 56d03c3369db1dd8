// Whatever the bytes are: ParseYaml answers with documents or BadRequest, and each document is
// written and read back the same, as YAML and as JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto documents = noizy::ParseYaml(text);
  if (!documents.ok()) {
    Require(documents.status().reason() == noizy::StatusReason::kBadRequest);
    return 0;
  }
  for (const noizy::YamlDocument& document : *documents) {
    const std::string json = noizy::ToJson(document.value);
    const noizy::Result<noizy::Value> from_json = noizy::ParseJson(json);
    Require(from_json.ok() && noizy::ToJson(*from_json) == json);
    const auto again = noizy::ParseYaml(noizy::ToYaml(document.value));
    Require(again.ok() && again->size() == 1 && noizy::ToJson(again->front().value) == json);
  }
  return 0;
}
