#include "machinery/protobuf/wire_reader.h"

namespace noizy {
namespace {

constexpr int kVarintBits = 64;
constexpr std::uint64_t kMaxFieldNumber = (1U << 29) - 1;

Status Malformed(std::string_view why) {
  return BadRequest("the protobuf body cannot be read: " + std::string(why));
}

}  // namespace

Result<std::uint64_t> WireReader::ReadVarint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < kVarintBits; shift += 7) {
    if (rest_.empty()) return Malformed("it ends inside a number");
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    // The tenth byte has room for one bit.
    if (shift == kVarintBits - 1 && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return Malformed("a number has more than 64 bits");
}

Result<std::string_view> WireReader::ReadBytes(std::uint64_t size) {
  if (size > rest_.size()) return Malformed("it ends inside a field");
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

Result<std::uint64_t> WireReader::ReadFixed(std::size_t size) {
  NOIZY_ASSIGN_OR_RETURN(const std::string_view bytes, ReadBytes(size));
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  }
  return value;
}

Result<WireField> WireReader::Next() {
  NOIZY_ASSIGN_OR_RETURN(const std::uint64_t key, ReadVarint());
  const std::uint64_t number = key >> 3;
  if (number == 0 || number > kMaxFieldNumber) return Malformed("a field number is out of range");
  WireField field;
  field.number = static_cast<std::uint32_t>(number);
  switch (key & 7) {
    case 0: {
      NOIZY_ASSIGN_OR_RETURN(field.integer, ReadVarint());
      return field;
    }
    case 1: {
      field.kind = WireKind::kFixed64;
      NOIZY_ASSIGN_OR_RETURN(field.integer, ReadFixed(8));
      return field;
    }
    case 2: {
      field.kind = WireKind::kBytes;
      NOIZY_ASSIGN_OR_RETURN(const std::uint64_t size, ReadVarint());
      NOIZY_ASSIGN_OR_RETURN(field.bytes, ReadBytes(size));
      return field;
    }
    case 5: {
      field.kind = WireKind::kFixed32;
      NOIZY_ASSIGN_OR_RETURN(field.integer, ReadFixed(4));
      return field;
    }
    default:
      return Malformed("a field has a wire type that Kubernetes does not use");
  }
}

}  // namespace noizy
