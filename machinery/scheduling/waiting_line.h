// The order in which classes that may find a node now are looked at: higher priority first; then
// the namespace that holds the smallest share of the grid; then the older Task, then by name.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "machinery/scheduling/task_class.h"

namespace noizy::scheduling {

/// Holds each class at the place of its first waiting Task. One thread's.
class WaitingLine {
 public:
  /// The share of the grid that a namespace holds, 0 to 1.
  using ShareOf = std::function<double(const std::string& ns)>;

  /// Puts the class where its first Task belongs; takes it out when it sleeps or nobody waits.
  void Update(TaskClass& task_class);
  void Remove(TaskClass& task_class);
  /// Null when the line is empty.
  TaskClass* First(const ShareOf& share_of) const;
  bool empty() const { return levels_.empty(); }

 private:
  using Classes = std::map<Place, TaskClass*>;
  using Namespaces = std::map<std::string, Classes>;

  std::map<std::int64_t, Namespaces, std::greater<>> levels_;  // by priority
  std::map<const TaskClass*, Place> places_;
};

}  // namespace noizy::scheduling
