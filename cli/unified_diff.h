// Two texts compared line by line, as "diff -u" shows it.
#pragma once

#include <string>
#include <string_view>

namespace noizy::cli {

/// The changes that turn `from` into `to`, each with three lines around it, behind a heading of the
/// two names; empty when the texts are equal. Texts of very many differing lines are shown as
/// replaced.
std::string UnifiedDiff(std::string_view from, std::string_view to, std::string_view from_name,
                        std::string_view to_name);

}  // namespace noizy::cli
