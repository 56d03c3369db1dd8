// Text that may leave the grid: plain, and without what looks like a secret or is known to be one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/value/value.h"

namespace noizy::diagnosis {

/// What stands in a secret's place.
inline constexpr std::string_view kRedacted = "[redacted]";

/// Takes secrets out of text: the values it was told of, in the forms in which they turn up in
/// logs, and what looks like a key, a token, a password, a header with a login, a PEM block or a
/// URL with a login. What was not told and looks like any other word stays.
class Redactor {
 public:
  /// `value` is never shown again: as it is, line by line, in base64, and escaped for JSON or for a
  /// URL. A value of under four bytes is taken out where it stands as a word.
  void Hide(std::string_view value);

  /// `text` without secrets, in UTF-8, without control characters but line ends and tabs.
  std::string Redact(std::string_view text) const;

 private:
  void HideForm(std::string form);

  std::vector<std::string> hidden_;  // the longest first
};

/// Whether a variable of that name is likely to hold a secret.
bool NamesASecret(std::string_view name);

}  // namespace noizy::diagnosis
