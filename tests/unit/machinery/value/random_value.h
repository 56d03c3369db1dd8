// Random JSON trees for round-trip tests: nasty strings, numbers at the edges, empty containers.
#pragma once

#include <cmath>
#include <limits>
#include <string>

#include "machinery/base/random.h"
#include "machinery/value/value.h"

namespace noizy {

/// Texts that some reader or writer takes for something else.
// clang-format off
inline constexpr const char* kTricky[] = {
    "", " ", "true", "null", "~", "yes", "0x1F", "1e3", "-", "- a", "a: b", "a #b", "#a", "'",
    "\"", "\\", "{a}", "[1]", "*a", "&a", "!t", "|", ">", "%x", "@", "`", "a\nb", "\n", "a\n",
    " a\n", "\ta", "a\t\nb", "é", "日本", "\x7f", "\x01", "a\r\n", "---", "...", "--- a", "? a",
    ": a", "a:", "<<", "=", "2001-01-01", "1_000", "a\n\n\nb\n\n", "0o17", "007", ".5", "1.",
    ".inf", "a b\n c\n", "\xF0\x9F\x98\x80", "a,b", "\xE2\x80\xA8", "\xC2\x85", "\xEF\xBB\xBF",
    "x: 'y'", "k\n  indented\n", ",", "?"};
// clang-format on

/// Every tree follows from the Random's seed.
class RandomValues {
 public:
  explicit RandomValues(Random& random) : random_(random) {}

  std::string Text() {
    std::string text;
    for (std::uint64_t parts = random_.Below(3) + 1; parts > 0; --parts) {
      text += kTricky[random_.Below(std::size(kTricky))];
      if (random_.Below(4) == 0) text += static_cast<char>('a' + random_.Below(26));
    }
    return text;
  }

  Value Scalar() {
    switch (random_.Below(8)) {
      case 0:
        return nullptr;
      case 1:
        return random_.Below(2) == 0;
      case 2:
        return static_cast<std::int64_t>(random_.Next());
      case 3:
        return random_.Next() | (std::uint64_t{1} << 63);
      case 4:
        return static_cast<std::int64_t>(random_.Below(100)) - 50;
      case 5:
        return Double();
      default:
        return boost::json::string(Text());
    }
  }

  Value Tree(int depth) {
    const std::uint64_t kind = depth == 0 ? 0 : random_.Below(4);
    if (kind == 2) {
      Array array;
      for (std::uint64_t i = random_.Below(4); i > 0; --i) array.push_back(Tree(depth - 1));
      return array;
    }
    if (kind == 3) {
      Object object;
      for (std::uint64_t i = random_.Below(5); i > 0; --i) object[Text()] = Tree(depth - 1);
      return object;
    }
    return Scalar();
  }

 private:
  double Double() {
    const double edges[] = {
        0.5,      1e-7, 1e21, 123456789012345680000.0, 5e-324, std::numeric_limits<double>::max(),
        -2.5e-10, 1e20, 0.1};
    if (random_.Below(2) == 0) return edges[random_.Below(std::size(edges))];
    const double number =
        std::ldexp(random_.Unit() - 0.5, static_cast<int>(random_.Below(400)) - 200);
    // Between 2^53 and 2^64 the shortest decimal of a double is read back as an integer near to it,
    // in Go too.
    return std::abs(number) >= 0x1p53 && std::abs(number) < 0x1p64 ? 0.5 : number;
  }

  Random& random_;
};

}  // namespace noizy
