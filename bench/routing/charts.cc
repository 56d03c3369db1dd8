#include "bench/routing/charts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace noizy::bench {
namespace {

constexpr double kWidth = 760;
constexpr double kLeft = 190;
constexpr double kRight = 70;
constexpr double kTop = 56;
constexpr double kBar = 11;
constexpr double kGap = 10;
constexpr std::array kColours = {"#9ecae1", "#4292c6", "#08519c"};

std::string Number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value >= 100 ? "%.0f" : "%.1f", value);
  return text.data();
}

std::string Text(double x, double y, const std::string& anchor, const std::string& words) {
  std::string text = "<text x=\"";
  text.append(Number(x)).append("\" y=\"").append(Number(y)).append("\" text-anchor=\"");
  return text.append(anchor).append("\">").append(words).append("</text>\n");
}

std::string Box(double x, double y, double width, const std::string& colour) {
  std::string box = "<rect x=\"";
  box.append(Number(x)).append("\" y=\"").append(Number(y)).append("\" width=\"");
  box.append(Number(width)).append("\" height=\"").append(Number(kBar - 1)).append("\" fill=\"");
  return box.append(colour).append("\"/>\n");
}

double LengthOf(const Chart& chart, double value) {
  const auto place = [&](double v) { return chart.logarithmic ? std::log10(v) : v; };
  const double inside = std::clamp(value, chart.least, chart.most);
  const double share =
      (place(inside) - place(chart.least)) / (place(chart.most) - place(chart.least));
  return share * (kWidth - kLeft - kRight);
}

std::string RowOf(const Chart& chart, const Bars& row, double top) {
  const double middle = top + kBar * static_cast<double>(row.values.size()) / 2 + 4;
  std::string svg = Text(kLeft - 8, middle, "end", row.label);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const double y = top + kBar * static_cast<double>(i);
    const double length = LengthOf(chart, row.values[i]);
    svg += Box(kLeft, y, std::max(length, 1.0), kColours[i % kColours.size()]);
    svg += Text(kLeft + length + 5, y + kBar - 2, "start", Number(row.values[i]).append(" %"));
  }
  return svg;
}

}  // namespace

std::string SvgOf(const Chart& chart) {
  const double row_height = kBar * static_cast<double>(chart.series.size()) + kGap;
  const double height = kTop + row_height * static_cast<double>(chart.rows.size()) + kGap;
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ";
  svg.append(Number(kWidth)).append(" ").append(Number(height));
  svg += "\" font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n";
  svg += "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  svg += Text(kLeft, 18, "start", chart.title);
  double x = kLeft;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    svg += Box(x, 30, kBar, kColours[i % kColours.size()]);
    svg += Text(x + kBar + 5, 39, "start", chart.series[i]);
    x += 120;
  }
  for (std::size_t i = 0; i < chart.rows.size(); ++i)
    svg += RowOf(chart, chart.rows[i], kTop + row_height * static_cast<double>(i));
  return svg + "</svg>\n";
}

}  // namespace noizy::bench
