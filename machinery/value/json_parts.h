// Reading some members of a JSON document without making a tree of the rest.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy {

/// Which members to read, by path ("metadata.labels"). Names hold no dots. Reading is thread-safe.
class JsonParts {
 public:
  JsonParts() = default;
  JsonParts(std::initializer_list<std::string_view> paths);

  void Add(std::string_view path);

  /// The document with no other members than those asked for, each whole, and the objects that lead
  /// to them. What stands in an object's place there is kept whole too. All of the text is checked
  /// as ParseJson does, and errors are as its own; out-of-range doubles alone pass where dropped.
  Result<Value> Read(std::string_view text) const;

  /// What is asked for of one value.
  struct Level {
    bool whole = false;
    std::map<std::string, Level, std::less<>> members;
  };

 private:
  Level root_;
};

}  // namespace noizy
