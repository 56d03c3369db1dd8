#include "machinery/transport/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace noizy {
namespace {

std::string Gunzip(std::string_view bytes) {
  std::string out(8 << 20, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  return out.substr(0, stream.total_out);
}

TEST(Gzip, GivesBackAllPiecesInOrder) {
  std::vector<SharedBytes> pieces;
  std::string all;
  for (int i = 0; i < 5000; ++i) {
    std::string piece = "{\"name\":\"object-" + std::to_string(i * 7919) + "\"},";
    all += piece;
    pieces.emplace_back(std::move(piece));
  }
  pieces.emplace_back(std::string());
  const std::string compressed = *Gzip(pieces);
  EXPECT_LT(compressed.size(), all.size() / 3);
  EXPECT_EQ(Gunzip(compressed), all);
  EXPECT_EQ(Gunzip(*Gzip({})), "");
}

TEST(Gzip, IsUsedWhereItIsTaken) {
  for (const char* takes : {"gzip", "deflate, gzip", "br;q=1.0, gzip;q=0.8", "GZIP", " gzip ; q=1"})
    EXPECT_TRUE(AcceptsGzip(takes)) << takes;
  for (const char* refuses : {"", "identity", "deflate", "gzip;q=0", "gzip; q=0.0", "xgzip"})
    EXPECT_FALSE(AcceptsGzip(refuses)) << refuses;
}

TEST(Gzip, IsUsedForBigBodies) {
  HttpReply small{200, {}, {SharedBytes(std::string(kMinGzipBytes - 1, 'a'))}};
  GzipReply("gzip", small);
  EXPECT_TRUE(small.headers.empty());
  HttpReply big{200, {}, {SharedBytes(std::string(kMinGzipBytes, 'a'))}};
  HttpReply plain = big;
  GzipReply("gzip", big);
  EXPECT_EQ(FindHeader(big.headers, "Content-Encoding"), "gzip");
  EXPECT_EQ(Gunzip(big.BodyText()), plain.BodyText());
  GzipReply("identity", plain);
  EXPECT_TRUE(plain.headers.empty());
}

}  // namespace
}  // namespace noizy
