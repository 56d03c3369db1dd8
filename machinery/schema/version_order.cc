#include "machinery/schema/version_order.h"

#include <charconv>
#include <tuple>

namespace noizy {
namespace {

struct VersionRank {
  int stability = 0;  // 3 stable, 2 beta, 1 alpha, 0 no such version
  int major = 0;
  int minor = 0;
};

bool TakeNumber(std::string_view& text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number <= 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// "v1", "v2beta1", "v1alpha3".
VersionRank RankOf(std::string_view version) {
  VersionRank rank;
  if (!version.starts_with('v')) return {};
  version.remove_prefix(1);
  if (!TakeNumber(version, rank.major)) return {};
  rank.stability = 3;
  if (version.empty()) return rank;
  if (version.starts_with("beta")) {
    rank.stability = 2;
    version.remove_prefix(4);
  } else if (version.starts_with("alpha")) {
    rank.stability = 1;
    version.remove_prefix(5);
  } else {
    return {};
  }
  if (!TakeNumber(version, rank.minor) || !version.empty()) return {};
  return rank;
}

}  // namespace

bool IsPreferredVersion(std::string_view a, std::string_view b) {
  const VersionRank x = RankOf(a);
  const VersionRank y = RankOf(b);
  const auto order =
      std::tie(x.stability, x.major, x.minor) <=> std::tie(y.stability, y.major, y.minor);
  return order == 0 ? a < b : order > 0;
}

}  // namespace noizy
