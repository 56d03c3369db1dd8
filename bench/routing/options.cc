#include "bench/routing/options.h"

#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace noizy::bench {
namespace {

// A flag's values, and what becomes of them.
struct Flag {
  std::size_t values = 1;
  std::function<Status(const std::string* values)> take;
};

Flag Text(std::string& into) {
  return {1, [&into](const std::string* value) {
            into = *value;
            return Status::Ok();
          }};
}

template <typename Number>
Flag Count(Number& into, Number least) {
  return {1, [&into, least](const std::string* value) {
            const char* const end = value->data() + value->size();
            const auto [rest, error] = std::from_chars(value->data(), end, into);
            if (error == std::errc() && rest == end && into >= least) return Status::Ok();
            return BadRequest("\"" + *value + "\" is no whole number from " +
                              std::to_string(least) + " on");
          }};
}

std::map<std::string, Flag> FlagsOf(Options& options) {
  const auto model = [&options](const std::string* values) {
    options.model_url = values[0];
    options.model_name = values[1];
    return Status::Ok();
  };
  const auto wrong = [&options](const std::string*) {
    options.tell_wrong = true;
    return Status::Ok();
  };
  return {{"--seed", Count<std::uint64_t>(options.seed, 0)},
          {"--scenarios", Text(options.scenarios)},
          {"--write-scenarios", Text(options.write)},
          {"--charts", Text(options.charts)},
          {"--tasks", Count<std::size_t>(options.tasks, 1)},
          {"--seeds", Count<std::uint64_t>(options.seeds, 1)},
          {"--model", {2, model}},
          {"--wrong", {0, wrong}}};
}

}  // namespace

Result<Options> OptionsFrom(const std::vector<std::string>& words) {
  Options options;
  const std::map<std::string, Flag> flags = FlagsOf(options);
  std::set<std::string> given;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto flag = flags.find(word);
    if (flag == flags.end()) return BadRequest("\"" + word + "\" is no flag");
    if (!given.insert(word).second) return BadRequest(word + " is given twice");
    const std::size_t values = flag->second.values;
    for (std::size_t n = 1; n <= values; ++n) {
      // An empty value is that of a variable that was not set.
      const bool there = i + n < words.size() && !words[i + n].empty() && words[i + n][0] != '-';
      if (!there) return BadRequest(word + " needs " + std::to_string(values) + " value(s)");
    }
    const std::string* const first = values == 0 ? nullptr : &words[i + 1];
    if (const Status taken = flag->second.take(first); !taken.ok()) return taken.WithContext(word);
    i += values;
  }
  return options;
}

}  // namespace noizy::bench
