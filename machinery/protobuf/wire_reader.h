// Protobuf's wire format, one field at a time. Nothing is copied and no length is believed.
#pragma once

#include <cstdint>
#include <string_view>

#include "machinery/base/status.h"

namespace noizy {

/// How a field's value stands on the wire.
enum class WireKind : std::uint8_t { kVarint, kFixed64, kBytes, kFixed32 };

/// `number` and one of the two values, by `kind`. `bytes` points into the message.
struct WireField {
  std::uint32_t number = 0;
  WireKind kind = WireKind::kVarint;
  std::uint64_t integer = 0;    // varint and fixed
  std::string_view bytes = "";  // never null: some take no null for an empty text
};

/// Reads one message. Not thread-safe; the bytes outlive it.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}

  bool AtEnd() const { return rest_.empty(); }
  /// The next field. BadRequest for a message that ends in the middle, a varint of more than 64
  /// bits, a field number out of range, and groups, which Kubernetes' types do not have.
  Result<WireField> Next();

 private:
  Result<std::uint64_t> ReadVarint();
  Result<std::string_view> ReadBytes(std::uint64_t size);
  Result<std::uint64_t> ReadFixed(std::size_t size);

  std::string_view rest_;
};

}  // namespace noizy
