#include "cli/unified_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace noizy::cli {
namespace {

constexpr std::size_t kContextLines = 3;
/// Cells of the comparison's table: 64 MiB, or texts that differ over 4,000 lines each.
constexpr std::size_t kMaxCells = std::size_t{1} << 24;

using Lines = std::vector<std::string_view>;

Lines LinesOf(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// ' ' for a line of both, '-' and '+' for a line of one.
struct Edit {
  char sign;
  std::string_view line;
};

/// The longest common subsequence, by the table of its lengths from each pair of lines on.
void AddEdits(const Lines& from, const Lines& to, std::vector<Edit>& edits) {
  const std::size_t width = to.size() + 1;
  const bool too_many = (from.size() + 1) * width > kMaxCells;
  std::vector<std::uint32_t> common(too_many ? 0 : (from.size() + 1) * width);
  for (std::size_t i = too_many ? 0 : from.size(); i-- > 0;) {
    for (std::size_t j = to.size(); j-- > 0;) {
      common[i * width + j] =
          from[i] == to[j] ? common[(i + 1) * width + j + 1] + 1
                           : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < from.size() || j < to.size()) {
    const bool both = i < from.size() && j < to.size();
    if (both && !too_many && from[i] == to[j]) {
      edits.push_back({' ', from[i++]});
      ++j;
    } else if (i < from.size() &&
               (!both || too_many || common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      edits.push_back({'-', from[i++]});
    } else {
      edits.push_back({'+', to[j++]});
    }
  }
}

/// What both begin and end with needs no comparison.
std::vector<Edit> Compare(Lines from, Lines to) {
  std::vector<Edit> edits;
  const auto [a, b] = std::mismatch(from.begin(), from.end(), to.begin(), to.end());
  const auto begin = a - from.begin();
  for (auto line = from.begin(); line != a; ++line) edits.push_back({' ', *line});
  from.erase(from.begin(), a);
  to.erase(to.begin(), to.begin() + begin);
  const auto [c, d] = std::mismatch(from.rbegin(), from.rend(), to.rbegin(), to.rend());
  const Lines tail(c.base(), from.end());
  from.erase(c.base(), from.end());
  to.erase(d.base(), to.end());
  AddEdits(from, to, edits);
  for (const std::string_view line : tail) edits.push_back({' ', line});
  return edits;
}

/// Edits that are shown together: changes, and the lines around them.
struct Hunk {
  std::size_t begin;
  std::size_t end;
};

std::vector<Hunk> HunksOf(const std::vector<Edit>& edits) {
  std::vector<Hunk> hunks;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].sign == ' ') continue;
    const std::size_t begin = i - std::min(i, kContextLines);
    const std::size_t end = std::min(i + 1 + kContextLines, edits.size());
    if (hunks.empty() || begin > hunks.back().end) {
      hunks.push_back({begin, end});
    } else {
      hunks.back().end = end;
    }
  }
  return hunks;
}

std::string RangeText(std::size_t first, std::size_t count) {
  const std::size_t shown = count == 0 ? first : first + 1;
  return std::to_string(shown) + (count == 1 ? "" : "," + std::to_string(count));
}

std::string HunkText(const std::vector<Edit>& edits, const Hunk& hunk) {
  const auto count = [&edits](std::size_t begin, std::size_t end, char other) {
    return static_cast<std::size_t>(
        std::count_if(edits.begin() + static_cast<std::ptrdiff_t>(begin),
                      edits.begin() + static_cast<std::ptrdiff_t>(end),
                      [other](const Edit& edit) { return edit.sign != other; }));
  };
  std::string text =
      "@@ -" + RangeText(count(0, hunk.begin, '+'), count(hunk.begin, hunk.end, '+'));
  text += " +" + RangeText(count(0, hunk.begin, '-'), count(hunk.begin, hunk.end, '-')) + " @@\n";
  for (std::size_t i = hunk.begin; i < hunk.end; ++i) {
    text += edits[i].sign;
    text.append(edits[i].line).append("\n");
  }
  return text;
}

}  // namespace

std::string UnifiedDiff(std::string_view from, std::string_view to, std::string_view from_name,
                        std::string_view to_name) {
  if (from == to) return "";
  const std::vector<Edit> edits = Compare(LinesOf(from), LinesOf(to));
  std::string text = "--- ";
  text.append(from_name).append("\n+++ ").append(to_name).append("\n");
  for (const Hunk& hunk : HunksOf(edits)) text += HunkText(edits, hunk);
  return text;
}

}  // namespace noizy::cli
