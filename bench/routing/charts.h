// Charts as SVG, small enough to be kept beside the text that speaks of them.
#pragma once

#include <string>
#include <vector>

namespace noizy::bench {

struct Bars {
  std::string label;
  /// One for each series.
  std::vector<double> values;
};

struct Chart {
  std::string title;
  std::vector<std::string> series;
  std::vector<Bars> rows;
  /// Powers of ten are equally far apart. `least` and `most` are the ends of the axis.
  bool logarithmic = false;
  double least = 0;
  double most = 100;
};

/// Horizontal bars with their figures in per cent.
std::string SvgOf(const Chart& chart);

}  // namespace noizy::bench
