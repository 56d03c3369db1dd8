// What must hold for every quantity, time and selector, shown on random ones. A failure prints the
// seed's case.
#include <gtest/gtest.h>

#include "machinery/base/random.h"
#include "machinery/meta/quantity.h"
#include "machinery/meta/selector.h"
#include "machinery/meta/time.h"

namespace noizy {
namespace {

constexpr int kRounds = 5000;

struct Suffix {
  const char* text;
  std::int64_t numerator;  // of thousandths
  std::int64_t denominator;
};

constexpr std::int64_t kKi = 1024;
constexpr Suffix kSuffixes[] = {{"", 1000, 1},         {"m", 1, 1},
                                {"u", 1, 1000},        {"n", 1, 1'000'000},
                                {"k", 1'000'000, 1},   {"M", 1'000'000'000, 1},
                                {"Ki", 1000 * kKi, 1}, {"Mi", 1000 * kKi* kKi, 1},
                                {"e3", 1'000'000, 1},  {"E-2", 10, 1},
                                {"e+1", 10'000, 1},    {"Gi", 1000 * kKi* kKi* kKi, 1}};

TEST(QuantityProperty, EqualsTheRationalRoundedUp) {
  SeededRandom random(1);
  for (int round = 0; round < kRounds; ++round) {
    const auto whole = static_cast<std::int64_t>(random.Below(1000));
    const auto thousandths = static_cast<std::int64_t>(random.Below(1000));
    const Suffix& suffix = kSuffixes[random.Below(std::size(kSuffixes))];
    std::string fraction = std::to_string(thousandths);
    fraction.insert(0, 3 - fraction.size(), '0');
    const std::string text = std::to_string(whole) + "." + fraction + suffix.text;
    // (whole.fraction × numerator) / denominator, in exact integers.
    const std::int64_t numerator = (whole * 1000 + thousandths) * suffix.numerator;
    const std::int64_t denominator = 1000 * suffix.denominator;
    const std::int64_t expected = (numerator + denominator - 1) / denominator;
    const auto quantity = ParseQuantity(text);
    ASSERT_TRUE(quantity.ok()) << text;
    ASSERT_EQ(quantity->milli, expected) << text;
    ASSERT_EQ(ParseQuantity("-" + text)->milli, -expected) << text;
  }
}

TEST(QuantityProperty, WhatIsWrittenIsReadBack) {
  SeededRandom random(2);
  for (int round = 0; round < kRounds; ++round) {
    const auto milli = static_cast<std::int64_t>(random.Next() >> random.Below(64)) / 2;
    ASSERT_EQ(ParseQuantity(FormatDecimal({milli}))->milli, milli);
    const std::int64_t bytes = milli / 1000;
    ASSERT_EQ(ParseQuantity(FormatBytes(bytes))->milli, bytes * 1000) << FormatBytes(bytes);
  }
}

TEST(TimeProperty, WhatIsWrittenIsReadBack) {
  SeededRandom random(3);
  for (int round = 0; round < kRounds; ++round) {
    // Years 1678 to 2261.
    const auto nanoseconds = static_cast<std::int64_t>(random.Next()) / 1001 * 1000;
    const WallTime time{Duration(nanoseconds)};
    const std::string text = FormatNanoTime(time);
    const auto back = ParseTime(text);
    ASSERT_TRUE(back.ok()) << text;
    ASSERT_EQ(*back, time) << text;
    ASSERT_LE(*ParseTime(FormatMicroTime(time)), time);
    ASSERT_LT(time - *ParseTime(FormatTime(time)), std::chrono::seconds(1));
    ASSERT_EQ(FormatTime(time), text.substr(0, 19) + "Z");
  }
}

TEST(DurationProperty, PartsAddUp) {
  SeededRandom random(4);
  for (int round = 0; round < kRounds; ++round) {
    const auto hours = static_cast<std::int64_t>(random.Below(100'000));
    const auto minutes = static_cast<std::int64_t>(random.Below(1000));
    const auto millis = static_cast<std::int64_t>(random.Below(100'000));
    const std::string text =
        std::to_string(hours) + "h" + std::to_string(minutes) + "m" + std::to_string(millis) + "ms";
    const Duration expected = std::chrono::hours(hours) + std::chrono::minutes(minutes) +
                              std::chrono::milliseconds(millis);
    ASSERT_EQ(*ParseDuration(text), expected) << text;
    ASSERT_EQ(*ParseDuration("-" + text), -expected) << text;
  }
}

TEST(HumanDurationProperty, NeverShowsMoreThanItIs) {
  SeededRandom random(5);
  for (int round = 0; round < kRounds; ++round) {
    const Duration age(static_cast<std::int64_t>(random.Next() >> (1 + random.Below(40))));
    const std::string text = HumanDuration(age);
    std::int64_t seconds = 0;
    std::int64_t number = 0;
    for (const char c : text) {
      if (c >= '0' && c <= '9') {
        number = number * 10 + c - '0';
        continue;
      }
      constexpr std::int64_t kDay = 86'400;
      seconds += number * (c == 's'   ? 1
                           : c == 'm' ? 60
                           : c == 'h' ? 3600
                           : c == 'd' ? kDay
                                      : 365 * kDay);
      number = 0;
    }
    const auto exact = std::chrono::duration_cast<std::chrono::seconds>(age).count();
    ASSERT_LE(seconds, exact) << text;
    // At least two digits' worth of precision: a tenth, or a year where years are shown alone.
    ASSERT_LE(exact - seconds, std::max<std::int64_t>(exact / 8, 1)) << text;
  }
}

class RandomSelectors {
 public:
  explicit RandomSelectors(std::uint64_t seed) : random_(seed) {}

  Requirement Next() {
    Requirement requirement;
    requirement.key = Key();
    requirement.op = static_cast<Requirement::Operator>(random_.Below(6));
    switch (requirement.op) {
      case Requirement::Operator::kIn:
      case Requirement::Operator::kNotIn:
        requirement.values = {"a", Value()};
        break;
      case Requirement::Operator::kGreaterThan:
      case Requirement::Operator::kLessThan:
        requirement.values = {std::to_string(random_.Below(5))};
        break;
      default:
        break;
    }
    std::sort(requirement.values.begin(), requirement.values.end());
    requirement.values.erase(std::unique(requirement.values.begin(), requirement.values.end()),
                             requirement.values.end());
    return requirement;
  }

  KeyValues Labels() {
    KeyValues labels;
    for (const char* key : {"app", "in", "x.y/z"}) {
      if (random_.Below(2) == 0) labels.emplace_back(key, Value());
    }
    return labels;
  }

 private:
  std::string Key() { return std::array{"app", "in", "x.y/z"}[random_.Below(3)]; }
  std::string Value() { return std::array{"", "a", "b", "2", "notin"}[random_.Below(5)]; }

  SeededRandom random_;
};

// Independent of Selector's own way: straight from Kubernetes' documentation.
bool Holds(const Requirement& requirement, const KeyValues& labels) {
  const std::map<std::string, std::string> map(labels.begin(), labels.end());
  const auto found = map.find(requirement.key);
  const bool present = found != map.end();
  const std::set<std::string> values(requirement.values.begin(), requirement.values.end());
  switch (requirement.op) {
    case Requirement::Operator::kIn:
      return present && values.count(found->second) == 1;
    case Requirement::Operator::kNotIn:
      return !present || values.count(found->second) == 0;
    case Requirement::Operator::kExists:
      return present;
    case Requirement::Operator::kDoesNotExist:
      return !present;
    case Requirement::Operator::kGreaterThan:
      return present && found->second == "2" && std::stoll(requirement.values[0]) < 2;
    case Requirement::Operator::kLessThan:
      return present && found->second == "2" && std::stoll(requirement.values[0]) > 2;
  }
  return false;
}

TEST(SelectorProperty, MatchesAsDefinedAndPrintsWhatItReads) {
  RandomSelectors random(6);
  int matched = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<Requirement> requirements{random.Next(), random.Next()};
    const Selector selector(requirements);
    const auto read = ParseLabelSelector(selector.ToString());
    ASSERT_TRUE(read.ok()) << selector.ToString() << ": " << read.status().message();
    ASSERT_EQ(read->ToString(), selector.ToString());
    const KeyValues labels = random.Labels();
    const bool expected = Holds(requirements[0], labels) && Holds(requirements[1], labels);
    ASSERT_EQ(selector.Matches(labels), expected) << selector.ToString();
    ASSERT_EQ(read->Matches(labels), expected) << selector.ToString();
    matched += expected ? 1 : 0;
  }
  EXPECT_GT(matched, kRounds / 10);
}

}  // namespace
}  // namespace noizy
