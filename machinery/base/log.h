// Structured logs in Kubernetes' message style: "Bound the Task" with key="value" pairs, as text or as JSON lines.
//
// One line per state change. Libraries return errors and do not log them; programs do. Never log a secret, a payload or a
// token. The object's key always stands under "object" ("Task default/a").
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace noizy {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
enum class LogFormat : std::uint8_t { kText, kJson };

using LogField = std::pair<std::string_view, std::string>;

/// Sets what is written, and how, for the whole process. Thread-safe; text at level info until called.
void ConfigureLog(LogLevel lowest, LogFormat format);

/// Writes one line to stderr. Control characters in the message and in values are escaped. Thread-safe.
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void LogDebug(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kDebug, message, fields);
}
inline void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarning(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogError(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, message, fields);
}

}  // namespace noizy
