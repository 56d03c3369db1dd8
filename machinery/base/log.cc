#include "machinery/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <memory>

namespace noizy {
namespace {

std::atomic<LogFormat> g_format{LogFormat::kText};

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("noizy", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

// Quotes and control characters as JSON escapes, so that a name can neither forge a line nor move a terminal's cursor.
void AppendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
}

std::string Timestamp() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  const std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  return fmt::format("{}.{:06d}Z", text.data(), micros % 1'000'000);
}

std::string TextLine(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  constexpr std::string_view kLetters = "DIWE";
  std::string line = fmt::format("{} {} \"", kLetters[static_cast<std::size_t>(level)], Timestamp());
  AppendEscaped(line, message);
  line += '"';
  for (const auto& [key, value] : fields) {
    line += fmt::format(" {}=\"", key);
    AppendEscaped(line, value);
    line += '"';
  }
  return line;
}

std::string JsonLine(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  static constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};
  std::string line = fmt::format(R"({{"ts":"{}","level":"{}","msg":")", Timestamp(),
                                 kNames[static_cast<std::size_t>(level)]);
  AppendEscaped(line, message);
  line += '"';
  for (const auto& [key, value] : fields) {
    line += fmt::format(",\"{}\":\"", key);
    AppendEscaped(line, value);
    line += '"';
  }
  return line + "}";
}

}  // namespace

void ConfigureLog(LogLevel lowest, LogFormat format) {
  Logger().set_level(LevelOf(lowest));
  g_format = format;
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  spdlog::logger& logger = Logger();
  if (!logger.should_log(LevelOf(level))) return;
  logger.log(LevelOf(level), g_format == LogFormat::kJson ? JsonLine(level, message, fields)
                                                          : TextLine(level, message, fields));
}

}  // namespace noizy
