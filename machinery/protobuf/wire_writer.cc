#include "machinery/protobuf/wire_writer.h"

#include <bit>

namespace noizy {

void WireWriter::Varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
  out_ += static_cast<char>(value);
}

void WireWriter::Integer(std::uint32_t number, std::uint64_t value) {
  Key(number, 0);
  Varint(value);
}

void WireWriter::Double(std::uint32_t number, double value) {
  Key(number, 1);
  auto bits = std::bit_cast<std::uint64_t>(value);
  for (int i = 0; i < 8; ++i, bits >>= 8) out_ += static_cast<char>(bits);
}

void WireWriter::Bytes(std::uint32_t number, std::string_view value) {
  Key(number, 2);
  Varint(value.size());
  out_ += value;
}

}  // namespace noizy
