#include "controllers/task_schedule/time_zone.h"

#include <algorithm>

#include "machinery/os/files.h"

namespace noizy::task_schedule {
namespace {

constexpr std::string_view kDatabase = "/usr/share/zoneinfo/";

/// Reads big-endian numbers; past the end it reads zeros and says so.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::int64_t Number(std::size_t size) {
    std::uint64_t number = 0;
    const bool negative = at_ < bytes_.size() && (bytes_[at_] & 0x80) != 0;
    if (negative) number = ~std::uint64_t{0};
    for (std::size_t i = 0; i < size; ++i) number = number << 8U | Byte();
    return static_cast<std::int64_t>(number);
  }
  std::uint8_t Byte() {
    if (at_ >= bytes_.size()) return ++at_, 0;
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }
  void Skip(std::int64_t count) {
    at_ += static_cast<std::size_t>(std::max<std::int64_t>(0, count));
  }
  bool IsGood() const { return at_ <= bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

struct Header {
  std::int64_t utc_flags, standard_flags, leaps, changes, types, letters;
};

Header ReadHeader(Reader& in) {
  in.Skip(20);  // magic, version, reserved
  Header header{};
  for (std::int64_t* count : {&header.utc_flags, &header.standard_flags, &header.leaps,
                              &header.changes, &header.types, &header.letters})
    *count = in.Number(4);
  return header;
}

}  // namespace

// The file says everything twice: with times of 32 bits for readers of old, then with 64.
Result<TimeZone> TimeZone::Parse(std::string_view file) {
  if (!file.starts_with("TZif") || file.size() < 44 || file[4] < '2')
    return BadRequest("no time zone file of version 2 or later");
  Reader in(file);
  const Header old = ReadHeader(in);
  in.Skip(old.changes * 5 + old.types * 6 + old.letters + old.leaps * 8 + old.standard_flags +
          old.utc_flags);
  const Header header = ReadHeader(in);
  constexpr std::int64_t kMost = 100'000;
  if (!in.IsGood() || header.changes > kMost || header.types < 1 || header.types > 256)
    return BadRequest("the time zone file is damaged");
  TimeZone zone;
  for (std::int64_t i = 0; i < header.changes; ++i) zone.changes_.emplace_back(in.Number(8), 0);
  std::vector<std::uint8_t> types;
  for (std::int64_t i = 0; i < header.changes; ++i) types.push_back(in.Byte());
  std::vector<std::int64_t> offsets;
  for (std::int64_t i = 0; i < header.types; ++i) {
    offsets.push_back(in.Number(4));
    in.Skip(2);
  }
  if (!in.IsGood()) return BadRequest("the time zone file is damaged");
  zone.first_offset_ = offsets.front();
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] >= offsets.size()) return BadRequest("the time zone file is damaged");
    zone.changes_[i].second = offsets[types[i]];
  }
  return zone;
}

std::int64_t TimeZone::OffsetAt(std::int64_t utc) const {
  const auto after =
      std::upper_bound(changes_.begin(), changes_.end(), utc,
                       [](std::int64_t time, const auto& change) { return time < change.first; });
  return after == changes_.begin() ? first_offset_ : std::prev(after)->second;
}

Result<TimeZone> LoadTimeZone(const std::string& name) {
  if (name.empty() || name == "UTC") return TimeZone();
  if (name.find("..") != std::string::npos || name.front() == '/')
    return BadRequest("\"" + name + "\" is no time zone's name");
  const Result<std::string> file = ReadFile(std::string(kDatabase) + name);
  if (!file.ok()) return BadRequest("this machine knows no time zone \"" + name + "\"");
  return TimeZone::Parse(*file);
}

}  // namespace noizy::task_schedule
