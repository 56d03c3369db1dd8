#include "machinery/protobuf/wire_writer.h"

#include <gtest/gtest.h>

#include "machinery/protobuf/wire_reader.h"
#include "tests/unit/machinery/protobuf/wire.h"

namespace noizy {
namespace {

TEST(WireWriter, WritesWhatTheReaderReads) {
  WireWriter writer;
  writer.Integer(1, 300);
  writer.Bytes(20, "abc");
  writer.Double(3, 1.5);
  const std::string message = writer.Take();
  EXPECT_EQ(message,
            Number(1, 300) + Bytes(20, "abc") + Key(3, 1) + std::string("\0\0\0\0\0\0\xf8\x3f", 8));
  WireReader reader(message);
  EXPECT_EQ(reader.Next()->integer, 300U);
  EXPECT_EQ(reader.Next()->bytes, "abc");
  EXPECT_EQ(reader.Next()->kind, WireKind::kFixed64);
  EXPECT_TRUE(reader.AtEnd());
}

}  // namespace
}  // namespace noizy
