#include "machinery/protobuf/wire_reader.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/protobuf/wire.h"

namespace noizy {
namespace {

// The message of the first fault; "" when the whole message can be read.
std::string FaultOf(const std::string& message) {
  WireReader reader(message);
  while (!reader.AtEnd()) {
    const Result<WireField> field = reader.Next();
    if (!field.ok()) return field.status().message();
  }
  return "";
}

bool IsRefused(const std::string& message, const std::string& why) {
  return FaultOf(message).find(why) != std::string::npos;
}

TEST(WireReader, ReadsEveryKindOfField) {
  const std::string message = Number(1, 300) + Key(2, 1) + std::string("\x01\0\0\0\0\0\0\x80", 8) +
                              Bytes(3, "abc") + Key(536870911, 5) + std::string("\x02\x01\0\0", 4);
  WireReader reader(message);
  EXPECT_EQ(reader.Next()->integer, 300U);
  EXPECT_EQ(reader.Next()->integer, 0x8000000000000001U);
  EXPECT_EQ(reader.Next()->bytes, "abc");
  const WireField last = *reader.Next();
  EXPECT_EQ(last.number, 536870911U);
  EXPECT_EQ(last.kind, WireKind::kFixed32);
  EXPECT_EQ(last.integer, 258U);
  EXPECT_TRUE(reader.AtEnd());
}

TEST(WireReader, ReadsTheLargestNumber) {
  WireReader reader("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  EXPECT_EQ(reader.Next()->integer, UINT64_MAX);
}

TEST(WireReader, RefusesNumbersBeyond64Bits) {
  EXPECT_TRUE(IsRefused("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "64 bits"));
  EXPECT_TRUE(IsRefused("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "64 bits"));
}

TEST(WireReader, BelievesNoLength) {
  EXPECT_TRUE(IsRefused(Key(1, 2) + Varint(UINT64_MAX) + "x", "ends inside a field"));
  EXPECT_TRUE(IsRefused(Key(1, 2) + Varint(2) + "x", "ends inside a field"));
  EXPECT_TRUE(IsRefused(Key(1, 5) + "abc", "ends inside a field"));
  EXPECT_TRUE(IsRefused(Key(1, 1) + "abcdefg", "ends inside a field"));
}

TEST(WireReader, RefusesWhatEndsInANumber) {
  EXPECT_TRUE(IsRefused("\x80", "ends inside a number"));
  EXPECT_TRUE(IsRefused(Key(1, 0), "ends inside a number"));
  EXPECT_TRUE(IsRefused(Key(1, 0) + "\xff", "ends inside a number"));
}

TEST(WireReader, RefusesFieldNumbersOutOfRange) {
  EXPECT_TRUE(IsRefused(Number(0, 1), "out of range"));
  EXPECT_TRUE(IsRefused(Number(536870912, 1), "out of range"));
}

TEST(WireReader, RefusesGroupsAndUnknownWireTypes) {
  for (const unsigned type : {3U, 4U, 6U, 7U}) {
    EXPECT_TRUE(IsRefused(Key(1, type), "wire type")) << type;
  }
}

}  // namespace
}  // namespace noizy
