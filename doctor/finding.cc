#include "doctor/finding.h"

#include <algorithm>
#include <string_view>

namespace noizy::doctor {
namespace {

std::string_view NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kFail:
      return "fail";
  }
  return "";
}

std::string Column(std::string_view text, std::size_t width) {
  std::string column(text);
  column.resize(std::max(width, column.size()) + 2, ' ');
  return column;
}

// What was found may quote files and messages of others: one line stays one line.
std::string OneLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return text;
}

}  // namespace

Verdict WorstOf(const Findings& findings) {
  Verdict worst = Verdict::kOk;
  for (const Finding& finding : findings) worst = std::max(worst, finding.verdict);
  return worst;
}

std::string ToText(const Findings& findings) {
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.check.size());
  std::string text;
  for (const Finding& finding : findings) {
    text += Column(NameOf(finding.verdict), 4) + Column(finding.check, width);
    text += OneLine(finding.says + (finding.mend.empty() ? "" : ": " + finding.mend)) + "\n";
  }
  return text;
}

Value ToValue(const Findings& findings) {
  Array checks;
  for (const Finding& finding : findings) {
    checks.emplace_back(Object{{"check", finding.check},
                               {"verdict", NameOf(finding.verdict)},
                               {"says", finding.says},
                               {"mend", finding.mend}});
  }
  return Object{{"ok", WorstOf(findings) != Verdict::kFail}, {"checks", std::move(checks)}};
}

}  // namespace noizy::doctor
