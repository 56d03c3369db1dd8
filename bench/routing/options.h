// What routing_bench is asked to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"

namespace noizy::bench {

inline constexpr std::string_view kUsage =
    "usage: routing_bench [--seed N] [--scenarios FILE] [--tasks N] [--seeds N] [--model URL "
    "NAME]\n"
    "                     [--charts FOLDER] [--write-scenarios FILE] [--wrong]\n";

struct Options {
  std::uint64_t seed = 1;
  /// Files and folders; "" for none.
  std::string scenarios;
  std::string write;
  std::string charts;
  /// A real model; "" for none.
  std::string model_url;
  std::string model_name;
  /// Of one cell of the regret's table, at least 1 each.
  std::size_t tasks = 4000;
  std::uint64_t seeds = 6;
  bool tell_wrong = false;
};

/// BadRequest for an unknown word, a value that is missing or no number, and a flag given twice: a
/// run that leaves out what was asked for looks like one that did it.
Result<Options> OptionsFrom(const std::vector<std::string>& words);

}  // namespace noizy::bench
