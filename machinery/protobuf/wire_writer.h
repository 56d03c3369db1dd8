// Protobuf's wire format, written one field at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace noizy {

/// Writes one message. Not thread-safe.
class WireWriter {
 public:
  /// An integer, an enum or a boolean.
  void Integer(std::uint32_t number, std::uint64_t value);
  void Double(std::uint32_t number, double value);
  /// A string, or a message that is written.
  void Bytes(std::uint32_t number, std::string_view value);

  std::string Take() { return std::move(out_); }

 private:
  void Varint(std::uint64_t value);
  void Key(std::uint32_t number, std::uint32_t wire_type) { Varint(number << 3 | wire_type); }

  std::string out_;
};

}  // namespace noizy
