// What a check found.
#pragma once

#include <string>
#include <vector>

#include "machinery/value/value.h"

namespace noizy::doctor {

/// kFail: something does not work, or will not; kWarn: somebody should look.
enum class Verdict : std::uint8_t { kOk, kWarn, kFail };

struct Finding {
  std::string check;  // "disk space"
  Verdict verdict = Verdict::kOk;
  std::string says;
  std::string mend = {};  // what to do about it; "" where there is nothing
};
using Findings = std::vector<Finding>;

/// The worst of `findings`; kOk for none.
Verdict WorstOf(const Findings& findings);
/// One line each: verdict, check, what was found and the mend.
std::string ToText(const Findings& findings);
/// {"ok": true, "checks": [{"check", "verdict", "says", "mend"}]}
Value ToValue(const Findings& findings);

}  // namespace noizy::doctor
