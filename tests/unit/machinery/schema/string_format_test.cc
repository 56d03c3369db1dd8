#include "machinery/schema/string_format.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace noizy {
namespace {

struct Texts {
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

const std::map<std::string, Texts> kFormats{
    {"date-time",
     {{"2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5+02:00"}, {"", "2026-01-01", "soon"}}},
    {"byte", {{"", "AAAA", "YQ=="}, {"%", "YQ="}}},
    {"date",
     {{"2026-02-28", "2028-02-29"}, {"", "2026-02-29", "2026-2-1", "2026-01-01T00:00:00Z"}}},
    {"duration", {{"1h30m", "0.5s"}, {"", "5", "1d"}}},
    {"hostname",
     {{"a", "A-1.example.com", std::string(63, 'a')},
      {"", "-a", "a-", "a..b", "a_b", std::string(64, 'a')}}},
    {"ipv4",
     {{"0.0.0.0", "192.168.1.20", "255.255.255.255"},
      {"", "256.1.1.1", "1.2.3", "1.2.3.4.", "1.2.3.4.5", "01.2.3.4", "a"}}},
    {"ipv6",
     {{"::", "::1", "fe80::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::ffff:1.2.3.4",
       "1:2:3:4:5:6:1.2.3.4"},
      {"", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
       "12345::", "g::", "1:2:3:4:5:6:7::8", "1.2.3.4::", "1.2.3.4"}}},
    {"cidr",
     {{"10.0.0.0/8", "::/0", "fe80::/128"},
      {"", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0.0/-1", "x/8"}}},
    {"email", {{"a@b", "first.last@example.com"}, {"", "a", "@b", "a@", "a@b@c", "a b@c"}}},
    {"hexcolor", {{"#fff", "00FF00"}, {"", "#ff", "#gggggg"}}},
    {"mac", {{"01:23:45:67:89:ab", "01-23-45-67-89-AB"}, {"", "01:23:45:67:89", "0123456789ab"}}},
    {"uri",
     {{"http://localhost:8080/x?y=z", "urn:a:b", "/path"}, {"", "no scheme", "http:", "1a:b"}}},
    {"uuid",
     {{"0b9c0c1e-8a52-4d4e-9c37-6a4ea5d1f6f1", "0B9C0C1E8A524D4E9C376A4EA5D1F6F1"},
      {"", "0b9c0c1e-8a52", "zb9c0c1e-8a52-4d4e-9c37-6a4ea5d1f6f1"}}},
};

TEST(StringFormat, TellsGoodFromBad) {
  for (const auto& [format, texts] : kFormats) {
    for (const std::string& text : texts.good)
      EXPECT_TRUE(HasFormat(format, text)) << format << " " << text;
    for (const std::string& text : texts.bad)
      EXPECT_FALSE(HasFormat(format, text)) << format << " " << text;
  }
}

TEST(StringFormat, AnUnknownOneAsksForNothing) {
  EXPECT_TRUE(HasFormat("", "x"));
  EXPECT_TRUE(HasFormat("password", "x"));
}

}  // namespace
}  // namespace noizy
