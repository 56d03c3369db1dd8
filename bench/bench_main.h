// How the benches of a served grid are started: NOIZY [FOLDER [NUMBERS...]].
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "machinery/os/files.h"

namespace noizy::bench {

struct Call {
  std::string binary;
  std::string folder;
  std::vector<double> numbers;

  template <typename T>
  T Number(std::size_t at, T otherwise) const {
    return at < numbers.size() ? static_cast<T>(numbers[at]) : otherwise;
  }
  /// All of them, or `otherwise` where none was given.
  std::vector<int> Numbers(std::vector<int> otherwise) const {
    return numbers.empty() ? otherwise : std::vector<int>(numbers.begin(), numbers.end());
  }
};

/// Runs `bench`, which takes a Call and returns the exit code, in a folder that is there for as
/// long as it runs. `numbers` names them for whoever asks.
template <typename Bench>
int RunInFolder(int argc, char** argv, const std::string& name, const char* numbers,
                const Bench& bench) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s NOIZY [FOLDER [%s]]\n", name.c_str(), numbers);
    return 2;
  }
  Call call{argv[1], argc > 2 ? argv[2] : "/tmp/noizy-" + name, {}};
  for (int i = 3; i < argc; ++i) call.numbers.push_back(std::strtod(argv[i], nullptr));
  (void)MakeFolders(call.folder);
  const int code = bench(call);
  (void)RemoveTree(call.folder);
  return code;
}

}  // namespace noizy::bench
