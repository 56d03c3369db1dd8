// Protobuf messages written by hand, for the tests of their reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace noizy {

inline std::string Varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out += static_cast<char>(value);
}

inline std::string Key(std::uint64_t number, unsigned wire_type) {
  return Varint(number << 3 | wire_type);
}

inline std::string Number(std::uint64_t number, std::uint64_t value) {
  std::string out = Key(number, 0);
  return out.append(Varint(value));
}

/// A string, bytes, message or map entry.
inline std::string Bytes(std::uint64_t number, std::string_view value) {
  std::string out = Key(number, 2);
  return out.append(Varint(value.size())).append(value);
}

inline std::string Entry(std::uint64_t number, std::string_view key, std::string_view value) {
  std::string entry = Bytes(1, key);
  return Bytes(number, entry.append(Bytes(2, value)));
}

/// Kubernetes' envelope around an object's message.
inline std::string Envelope(std::string_view api_version, std::string_view kind,
                            std::string_view raw) {
  std::string type = Bytes(1, api_version);
  type.append(Bytes(2, kind));
  std::string out("k8s\0", 4);
  return out.append(Bytes(1, type)).append(Bytes(2, raw)).append(Bytes(3, "")).append(Bytes(4, ""));
}

}  // namespace noizy
