#include "controllers/task_schedule/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

namespace noizy::task_schedule {
namespace {

constexpr std::int64_t kDay = 86'400;

struct Field {
  std::string_view name;
  int first;
  int last;
  std::string_view words;  // three letters each, from `first` on
};

constexpr std::array<Field, 5> kFields = {{{"minute", 0, 59, ""},
                                           {"hour", 0, 23, ""},
                                           {"day of month", 1, 31, ""},
                                           {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
                                           {"day of week", 0, 7, "sunmontuewedthufrisat"}}};

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (separator != ' ' || end > 0) parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

std::optional<int> NumberIn(const Field& field, std::string_view text) {
  for (std::size_t at = 0; text.size() == 3 && at < field.words.size(); at += 3) {
    if (field.words.substr(at, 3) == text) return field.first + static_cast<int>(at / 3);
  }
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Status Fault(const Field& field, std::string_view text) {
  return BadRequest("the " + std::string(field.name) + " \"" + std::string(text) +
                    "\" of the schedule is none");
}

/// "*", "5", "1-5", "*/15", "10-40/5", "5/10" (from 5 on).
Status AddPart(const Field& field, std::string_view text, std::bitset<64>& set) {
  const std::size_t slash = text.find('/');
  const std::string_view range = text.substr(0, slash);
  const std::optional<int> step =
      slash == std::string_view::npos ? 1 : NumberIn({"", 0, 0, ""}, text.substr(slash + 1));
  int first = field.first;
  int last = field.last;
  if (range != "*" && range != "?") {
    const std::size_t dash = range.find('-');
    const auto from = NumberIn(field, range.substr(0, dash));
    const auto to = dash == std::string_view::npos ? from : NumberIn(field, range.substr(dash + 1));
    if (!from || !to) return Fault(field, text);
    first = *from;
    if (dash != std::string_view::npos || slash == std::string_view::npos) last = *to;
  }
  if (!step || *step < 1 || first < field.first || last > field.last || first > last)
    return Fault(field, text);
  for (int number = first; number <= last; number += *step)
    set.set(static_cast<std::size_t>(number));
  return Status::Ok();
}

Result<std::bitset<64>> ParseField(const Field& field, std::string_view text) {
  std::bitset<64> set;
  for (const std::string_view part : Split(text, ','))
    NOIZY_RETURN_IF_ERROR(AddPart(field, part, set));
  return set;
}

std::string_view Expanded(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kShorthands = {
      {{"@hourly", "0 * * * *"},
       {"@daily", "0 0 * * *"},
       {"@midnight", "0 0 * * *"},
       {"@weekly", "0 0 * * 0"},
       {"@monthly", "0 0 1 * *"},
       {"@yearly", "0 0 1 1 *"},
       {"@annually", "0 0 1 1 *"}}};
  for (const auto& [name, fields] : kShorthands) {
    if (text == name) return fields;
  }
  return text;
}

bool IsAny(std::string_view field) {
  return field.starts_with('*') || field.starts_with('?');
}

}  // namespace

Result<Cron> Cron::Parse(std::string_view text) {
  const std::string lower = Lower(text);
  const std::vector<std::string_view> fields = Split(Expanded(lower), ' ');
  if (fields.size() != kFields.size())
    return BadRequest(
        "a schedule has five fields (minute, hour, day of month, month, day of week), "
        "or is @hourly or its like");
  Cron cron;
  const std::array sets = {&cron.minutes_, &cron.hours_, &cron.days_, &cron.months_,
                           &cron.weekdays_};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    NOIZY_ASSIGN_OR_RETURN(*sets[i], ParseField(kFields[i], fields[i]));
  }
  if (cron.weekdays_.test(7)) cron.weekdays_.set(0);  // both are Sunday
  cron.any_day_ = IsAny(fields[2]);
  cron.any_weekday_ = IsAny(fields[4]);
  return cron;
}

// As cron has always had it: with both a day of month and a weekday given, either will do.
bool Cron::IsDay(std::int64_t day) const {
  const std::chrono::sys_days date{std::chrono::days(day)};
  const std::chrono::year_month_day parts{date};
  if (!months_.test(static_cast<unsigned>(parts.month()))) return false;
  const bool by_day = days_.test(static_cast<unsigned>(parts.day()));
  const bool by_weekday = weekdays_.test(std::chrono::weekday(date).c_encoding());
  return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<std::int64_t> Cron::OnDay(std::int64_t day, std::int64_t after,
                                        const TimeZone& zone) const {
  std::optional<std::int64_t> first;
  for (std::size_t minute = 0; minute < 24 * 60; ++minute) {
    if (!hours_.test(minute / 60) || !minutes_.test(minute % 60)) continue;
    const std::int64_t local = day * kDay + static_cast<std::int64_t>(minute) * 60;
    // The offsets on either side of a change; of a time that comes twice, the first.
    for (const std::int64_t around : {-kDay, kDay}) {
      const std::int64_t utc = local - zone.OffsetAt(local + around);
      const bool exists = utc + zone.OffsetAt(utc) == local;
      if (!exists) continue;
      if (utc > after && (!first || utc < *first)) first = utc;
      break;
    }
  }
  return first;
}

std::optional<std::int64_t> Cron::Next(std::int64_t utc, const TimeZone& zone) const {
  const std::int64_t local = utc + zone.OffsetAt(utc);
  const std::int64_t today = local / kDay - (local % kDay < 0 ? 1 : 0);
  for (std::int64_t day = today; day < today + 366 * kYearsAhead; ++day) {
    if (!IsDay(day)) continue;
    if (const auto found = OnDay(day, utc, zone)) return found;
  }
  return std::nullopt;
}

}  // namespace noizy::task_schedule
