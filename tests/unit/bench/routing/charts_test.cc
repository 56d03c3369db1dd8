#include "bench/routing/charts.h"

#include <gtest/gtest.h>

namespace noizy::bench {
namespace {

TEST(Charts, ShowEveryRowAndEveryFigure) {
  const std::string svg =
      SvgOf({"Regret", {"light", "heavy"}, {{"a", {1.5, 20}}, {"b", {300, 4}}}, true, 0.1, 1000});
  for (const char* part : {"<svg ", "Regret", "light", "heavy", ">a<", ">b<", "1.5 %", "20.0 %",
                           "300 %", "4.0 %", "</svg>"})
    EXPECT_NE(svg.find(part), std::string::npos) << part;
}

TEST(Charts, WhatIsOffTheScaleStaysInThePicture) {
  const std::string svg = SvgOf({"", {"s"}, {{"a", {1e9}}, {"b", {0}}}, true, 0.1, 1000});
  EXPECT_NE(svg.find("width=\"500\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("width=\"1.0\""), std::string::npos) << svg;
}

}  // namespace
}  // namespace noizy::bench
