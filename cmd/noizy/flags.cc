#include "cmd/noizy/flags.h"

#include <algorithm>
#include <charconv>

namespace noizy {
namespace {

bool Contains(const std::vector<std::pair<std::string, std::string>>& rows, std::string_view name) {
  return std::ranges::any_of(rows, [&](const auto& row) { return row.first == name; });
}

std::string Known(const FlagTable& table) {
  std::string text;
  for (const auto* rows : {&table.valued, &table.switches}) {
    for (const auto& row : *rows) text += (text.empty() ? "" : ", ") + row.first;
  }
  return text;
}

}  // namespace

Result<Flags> Flags::Parse(const FlagTable& table, const std::vector<std::string>& arguments) {
  Flags flags;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const auto equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    if (Contains(table.switches, name) && equals == std::string::npos) {
      flags.values_[name] = "true";
    } else if (!argument.starts_with('-') && flags.words_.size() < table.words.size()) {
      flags.words_.push_back(argument);
    } else if (!Contains(table.valued, name)) {
      return BadRequest("unknown argument \"" + argument + "\"; known flags: " + Known(table));
    } else if (equals != std::string::npos) {
      flags.values_[name] = argument.substr(equals + 1);
    } else if (++i < arguments.size()) {
      flags.values_[name] = arguments[i];
    } else {
      return BadRequest("flag " + name + " needs a value");
    }
  }
  if (flags.words_.size() < table.words.size() && !flags.Has("--help"))
    return BadRequest("say " + table.words[flags.words_.size()] + "; see --help");
  return flags;
}

std::string Flags::Text(std::string_view name, std::string_view fallback) const {
  const auto found = values_.find(std::string(name));
  return found == values_.end() ? std::string(fallback) : found->second;
}

Result<std::uint16_t> Flags::Port(std::string_view name, std::uint16_t fallback) const {
  const std::string text = Text(name, std::to_string(fallback));
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc() && end == text.data() + text.size()) return port;
  return BadRequest("flag " + std::string(name) + ": \"" + text +
                    "\" is no port number (0 to 65535; 0 picks a free one)");
}

Result<std::size_t> Flags::Number(std::string_view name, std::size_t fallback) const {
  constexpr std::size_t kMost = 1'000'000;
  const std::string text = Text(name, std::to_string(fallback));
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number <= kMost) return number;
  return BadRequest("flag " + std::string(name) + ": \"" + text +
                    "\" is no whole number from 0 to 1000000");
}

std::string UsageText(std::string_view command, std::string_view purpose, const FlagTable& table) {
  std::string text = "Usage: noizy " + std::string(command);
  for (const std::string& word : table.words) text.append(" ").append(word);
  text.append(" [flags]\n\n").append(purpose).append("\n\nFlags:\n");
  for (const auto* rows : {&table.valued, &table.switches}) {
    for (const auto& [name, meaning] : *rows) {
      std::string column = "  " + name + (rows == &table.valued ? " VALUE" : "");
      column.resize(std::max<std::size_t>(column.size() + 2, 28), ' ');
      text += column + meaning + "\n";
    }
  }
  return text;
}

}  // namespace noizy
