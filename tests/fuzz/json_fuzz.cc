// Whatever the bytes are: ParseJson answers with a value or BadRequest, and what it read is written
// and read back the same.
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
  std::vector<std::string> duplicates;
  const noizy::Result<noizy::Value> value = noizy::ParseJson(text, {.duplicates = &duplicates});
  if (!value.ok()) {
    Require(value.status().reason() == noizy::StatusReason::kBadRequest);
    return 0;
  }
  const noizy::Result<noizy::Value> plain = noizy::ParseJson(text);
  Require(plain.ok() && noizy::Equal(*plain, *value));
  const std::string written = noizy::ToJson(*value);
  const noizy::Result<noizy::Value> again = noizy::ParseJson(written);
  Require(again.ok() && noizy::ToJson(*again) == written);
  const noizy::Result<noizy::Value> pretty = noizy::ParseJson(noizy::ToPrettyJson(*value));
  Require(pretty.ok() && noizy::ToJson(*pretty) == written);
  return 0;
}
