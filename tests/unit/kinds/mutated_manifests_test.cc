// What must hold for any object at all: shown on sample manifests damaged at random. A failure
// prints its seed.
#include <gtest/gtest.h>

#include "machinery/base/random.h"
#include "machinery/schema/kind.h"
#include "machinery/value/json.h"
#include "tests/unit/kinds/kind_codecs.h"

namespace noizy {
namespace {

constexpr std::uint64_t kRounds = 400;  // per kind; each takes about 50 µs

// Damages a value at one random place outside its metadata.
class Mutator {
 public:
  Mutator(std::uint64_t seed, const std::vector<std::string>& members)
      : random_(seed), members_(members) {}

  void Damage(Value& root) {
    std::vector<Value*> places;
    for (auto& entry : root.as_object()) {
      if (!IsCommon(std::string(entry.key()))) Collect(entry.value(), places);
    }
    if (places.empty() || random_.Below(6) == 0) {
      const std::string& member = members_[random_.Below(members_.size())];
      if (!IsCommon(member)) root.as_object()[member] = Anything();
      return;
    }
    Value& place = *places[random_.Below(places.size())];
    if (Object* object = place.if_object(); object != nullptr && random_.Below(2) == 0)
      return DamageObject(*object);
    if (Array* items = place.if_array();
        items != nullptr && !items->empty() && random_.Below(2) == 0) {
      const Value again = (*items)[random_.Below(items->size())];
      items->push_back(again);
      return;
    }
    place = Anything();
  }

 private:
  // What schemas say nothing about.
  static bool IsCommon(const std::string& member) {
    return member == "metadata" || member == "kind" || member == "apiVersion";
  }

  static void Collect(Value& value, std::vector<Value*>& places) {
    places.push_back(&value);
    if (Object* object = value.if_object()) {
      for (auto& entry : *object) Collect(entry.value(), places);
    } else if (Array* items = value.if_array()) {
      for (Value& item : *items) Collect(item, places);
    }
  }

  void DamageObject(Object& object) {
    if (object.empty() || random_.Below(2) == 0) {
      object["unheard" + std::to_string(random_.Below(3))] = Anything();
    } else {
      object.erase(object.begin() + static_cast<std::ptrdiff_t>(random_.Below(object.size())));
    }
  }

  Value Anything() {
    switch (random_.Below(10)) {
      case 0:
        return nullptr;
      case 1:
        return true;
      case 2:
        return static_cast<std::int64_t>(random_.Next() >> 12);  // what a double holds exactly
      case 3:
        return random_.Next();
      case 4:
        return random_.Unit() * 100;
      case 5:
        return Array{"a", "b"};
      case 6:
        return Object{{"a", 1}};
      case 7:
        return 1;
      default:
        return Value(std::string_view(random_.NameSuffix(random_.Below(6))));
    }
  }

  SeededRandom random_;
  const std::vector<std::string>& members_;  // what the kind's objects may have
};

bool IsEmpty(const Value& value) {
  return value.is_null() || (value.is_string() && value.get_string().empty()) ||
         (value.is_array() && value.get_array().empty()) ||
         (value.is_object() && value.get_object().empty());
}

// Structs do not tell absent from empty.
Value WithoutEmpties(const Value& value) {
  if (const Array* items = value.if_array()) {
    Array out;
    for (const Value& item : *items) out.push_back(WithoutEmpties(item));
    return out;
  }
  const Object* members = value.if_object();
  if (members == nullptr) return value;
  Object out;
  for (const auto& entry : *members) {
    Value member = WithoutEmpties(entry.value());
    if (!IsEmpty(member)) out.emplace(entry.key(), std::move(member));
  }
  return out;
}

class MutatedManifest : public testing::TestWithParam<std::string> {};

TEST_P(MutatedManifest, PruningAndDefaultingSettleAndWhatIsValidFitsItsStruct) {
  const Value sample = ReadSample(GetParam())->front().value;
  const KindPtr kind = BuiltinKinds().FindByKind(*GroupVersionKindOf(sample));
  std::uint64_t valid = 0;
  for (std::uint64_t seed = 0; seed < kRounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Value value = sample;
    Mutator mutator(seed, kind->schema->property_order);
    for (std::uint64_t edits = seed % 3 + 1; edits > 0; --edits) mutator.Damage(value);

    Prune(*kind->schema, value);
    EXPECT_TRUE(Prune(*kind->schema, value).empty());
    ApplyDefaults(*kind->schema, value);
    const std::string settled = ToJson(value);
    ApplyDefaults(*kind->schema, value);
    ASSERT_EQ(ToJson(value), settled);
    if (!Validate(*kind->schema, value).empty()) continue;

    ++valid;
    const auto back = KindCodecs().at(GetParam())(value);
    ASSERT_TRUE(back.ok()) << back.status().message() << "\n" << settled;
    Value again = *back;
    ApplyDefaults(*kind->schema, again);
    ASSERT_TRUE(Equal(WithoutEmpties(again), WithoutEmpties(value))) << ToJson(again) << "\nwas\n"
                                                                     << settled;
  }
  // The damage is such that both kinds of outcome are met, or the checks above would prove nothing.
  EXPECT_GT(valid, kRounds / 50);
  EXPECT_LT(valid, kRounds);
}

std::vector<std::string> Plurals() {
  std::vector<std::string> out;
  for (const auto& entry : KindCodecs()) {
    // A sample of it would be refused.
    if (entry.first != "services") out.push_back(entry.first);
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(EveryKind, MutatedManifest, testing::ValuesIn(Plurals()),
                         [](const auto& param_info) { return param_info.param; });

}  // namespace
}  // namespace noizy
